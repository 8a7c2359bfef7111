/**
 * The answers to an offer of files (RFC 5547 §8.3.1, seed 001 §6.5.1.1): accepted lines are `recvonly` with a path of
 * their own, the others have port 0, in the order of the offer. Further offers in the session may close lines (port 0) or
 * repeat what stands (RFC 5547 §8.6: the same transfer is not begun anew). A line that is added, or opened again, is
 * answered with port 0: what is new is offered in a session of its own, where somebody can decide about it.
 */
import {
  type FileRange,
  formatMsrpAnswer,
  formatSessionDescription,
  type MsrpLineDecision,
  type SessionDescription,
} from "../wire/sdp/index.ts";
import type { PushEnvironment } from "./environment.ts";
import type { Invitation } from "./invitation.ts";
import { answeredTypes } from "./taken-types.ts";
import type { TransferSession } from "./transfer-session.ts";

/** By number of the line: where its file is awaited, and what of it, where that is less than offered. */
export type AwaitedLines = ReadonlyMap<
  number,
  {
    readonly answer: TransferSession["answer"];
    readonly range: FileRange | undefined;
  }
>;

export class Answers {
  readonly #invitation: Invitation;
  readonly #host: string;
  readonly #takenTypes: readonly string[] | undefined;
  /** Of o= (RFC 8866 §5.2). */
  readonly #session: number;
  #version = 0;
  #sdp = "";
  /** What was offered last, and which of its lines were closed. */
  #offered: SessionDescription;
  readonly #closed = new Set<number>();

  constructor(
    invitation: Invitation,
    { host, takenTypes }: Pick<PushEnvironment, "takenTypes"> & { readonly host: string },
    session: number,
  ) {
    this.#invitation = invitation;
    this.#host = host;
    this.#takenTypes = takenTypes;
    this.#session = session;
    this.#offered = invitation.description;
  }

  /** The last one. */
  get sdp(): string {
    return this.#sdp;
  }

  /** To the offer that came first. */
  first(awaited: AwaitedLines): string {
    return this.#give(this.#invitation.description, awaited);
  }

  /** To a further one, with the lines that are closed by it. undefined: lines are missing (RFC 3264 §8), nothing changes. */
  next(
    offered: SessionDescription,
    awaited: AwaitedLines,
  ): { readonly sdp: string; readonly closed: readonly number[] } | undefined {
    if (offered.media.length < this.#offered.media.length) return undefined;
    this.#offered = offered;
    const closed = offered.media.flatMap((media, index) => (media.port === 0 ? [index] : []));
    for (const index of closed) this.#closed.add(index);
    return { sdp: this.#give(offered, awaited), closed };
  }

  /** An offer of ours: what stands, by other paths (RFC 4975 §8.4). */
  again(awaited: AwaitedLines): string {
    return this.#give(this.#offered, awaited);
  }

  #give(offered: SessionDescription, awaited: AwaitedLines): string {
    const host = this.#host;
    const place = { netType: "IN", addrType: host.includes(":") ? "IP6" : "IP4", address: host };
    this.#version++;
    const answer = formatMsrpAnswer(offered, {
      origin: { username: "-", sessionId: `${this.#session}`, sessionVersion: `${this.#version}`, ...place },
      connection: place,
      name: "-",
      lines: offered.media.map((_, index) => this.#decide(index, awaited)),
    });
    this.#sdp = formatSessionDescription(answer);
    return this.#sdp;
  }

  #decide(index: number, awaited: AwaitedLines): MsrpLineDecision {
    const line = awaited.get(index);
    const media = this.#invitation.lines[index]?.media;
    if (line?.answer === undefined || media === undefined || this.#closed.has(index)) return { accept: false };
    return {
      accept: true,
      ...line.answer,
      ...(line.range !== undefined && line.answer.range === undefined && { range: line.range }),
      acceptTypes: answeredTypes(media.acceptTypes, this.#takenTypes),
      acceptWrappedTypes: this.#takenTypes ?? ["*"],
    };
  }
}
