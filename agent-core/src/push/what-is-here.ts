/**
 * What is here already of the files of an offer: parts to go on with, and whole ones that need not be fetched. They are read
 * again before the answer, which waits for it.
 */
import type { Item, Offer } from "../contract/index.ts";
import { InletError } from "../kernel/index.ts";
import type { Landing } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { isRest, takePart } from "./going-on.ts";
import { findHeld } from "./held-file.ts";
import type { OfferedLine } from "./invitation.ts";

export class WhatIsHere {
  /** By line: the item that is this very file. */
  readonly held = new Map<number, Item>();
  readonly #environment: PushEnvironment;
  readonly #lines: readonly OfferedLine[];
  /** By line: what is here of its file, or why the line cannot be received. */
  readonly #parts = new Map<number, Landing | InletError>();
  #reading: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(environment: PushEnvironment, lines: readonly OfferedLine[]) {
    this.#environment = environment;
    this.#lines = lines;
  }

  get reading(): boolean {
    return this.#reading !== undefined;
  }

  /** Looks for what is here of these lines, then calls `go`: at once, unless something is to be read. `whole`: whole files count. */
  read(offer: Offer, accept: ReadonlySet<number>, whole: boolean, go: () => void): void {
    const abort = new AbortController();
    const work = [...accept].flatMap((index) => {
      const line = this.#lines[index];
      try {
        return (line && this.#look(offer, line, whole, abort.signal)) ?? [];
      } catch (error) {
        this.#failed(index, error);
        return [];
      }
    });
    if (work.length === 0) {
      go();
      return;
    }
    const done = Promise.all(work).then(() => {
      this.#reading = undefined;
      go();
    });
    done.catch((error: unknown) => this.#environment.log("error", "push.accept.failed", { error: `${error}` }));
    this.#reading = { abort, done };
  }

  #look(offer: Offer, line: OfferedLine, whole: boolean, signal: AbortSignal): Promise<void> | undefined {
    const { index } = line.file;
    const held = whole ? findHeld(this.#environment, line.file, signal) : undefined;
    if (held !== undefined) return held.then((item) => item && void this.held.set(index, item));
    const take = takePart(this.#environment, offer, line);
    return take?.(signal).then(
      (landing) => landing && void this.#parts.set(index, landing),
      (error: unknown) => this.#failed(index, error),
    );
  }

  #failed(index: number, error: unknown): void {
    if (!(error instanceof InletError)) throw error;
    this.#parts.set(index, error);
  }

  /** undefined: it begins anew. Throws why it cannot be received. */
  partOf(line: OfferedLine): Landing | undefined {
    const part = this.#parts.get(line.file.index);
    if (part instanceof InletError) throw part;
    if (part === undefined && isRest(line)) throw new InletError("INLET_TRANSFER_PART_MISSING");
    return part;
  }

  /** None of it is gone on with now. */
  keepParts(): void {
    for (const part of this.#parts.values()) if (!(part instanceof InletError)) part.keep();
  }

  /** Nothing more is read; resolves when that is so. undefined: nothing was. */
  end(): Promise<void> | undefined {
    this.#reading?.abort.abort();
    return this.#reading?.done;
  }
}
