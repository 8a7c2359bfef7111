/**
 * One file from the server that a link names, as if it were one MSRP message: what breaks off is asked for again from
 * where it broke (Range), a few times. Ends with the sink's verdict, or before it with INLET_LINK_* or INLET_TRANSFER_*.
 */

import { getContent, type HttpContent, type HttpPolicy } from "../http/index.ts";
import { type Clock, InletError, LIMITS, millis, type TraceSink } from "../kernel/index.ts";
import type { MessageSink } from "../msrp/index.ts";
import type { Landed } from "../store/index.ts";
import type { TransferEvents, TransferSession } from "./transfer-session.ts";
import type { Turns } from "./turns.ts";

export interface LinkSessionOptions extends TransferEvents {
  readonly url: string;
  /** After this nothing is asked for any more. */
  readonly expiration?: number | undefined;
  /** As the message says. */
  readonly size?: number | undefined;
  /** What is here of it. */
  readonly offset: number;
  readonly policy: HttpPolicy;
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
  readonly clock: Clock;
  readonly trace?: TraceSink | undefined;
  /** Of all links together. */
  readonly turns: Turns;
}

/** Before the second attempt and so on, in milliseconds. */
export const PAUSES: readonly number[] = [1_000, 4_000, 15_000, 60_000];

export class LinkSession implements TransferSession {
  readonly #options: LinkSessionOptions;
  readonly #abort = new AbortController();
  #waiting = true;
  #sink: MessageSink | undefined;
  /** Octet of the file that the sink's first one is, and the next one wanted. */
  #begin = 0;
  #next: number;

  constructor(options: LinkSessionOptions) {
    this.#options = options;
    this.#next = options.offset;
  }

  begin(): void {
    this.#run().catch((error: unknown) => {
      const known = error instanceof InletError ? error : new InletError("INLET_INTERNAL", `${error}`);
      if (this.#sink === undefined) this.#options.failed(known.reason);
      else this.#sink.abort(known.reason);
    });
  }

  /** Others have their turn. */
  get waiting(): boolean {
    return this.#waiting;
  }

  async #run(): Promise<void> {
    const { clock, turns } = this.#options;
    using _turn = await turns.take(this.#abort.signal);
    this.#waiting = false;
    using _ = clock.after(millis(LIMITS.linkTransfer), () => this.close(new InletError("INLET_TRANSFER_STALLED")));
    for (let attempt = 0; !(await this.#attempt(attempt)); attempt++) await this.#pause(PAUSES[attempt] ?? 0);
  }

  stop(error: InletError): void {
    this.close(error);
  }

  /** What it turned out to be, in the trace where its octets are not. */
  kept({ size, sha1, sha256 }: Landed): void {
    const { trace, url } = this.#options;
    const { protocol, host } = new URL(url);
    const hashes = [sha1 && `sha-1 ${sha1}`, sha256 && `sha-256 ${sha256}`].filter((hash) => hash !== undefined);
    const head = `[kept: ${[`${size} octets`, ...hashes].join(", ")}]`;
    trace?.({ direction: "in", protocol: protocol === "https:" ? "HTTPS" : "HTTP", local: "", remote: host, head });
  }

  close(error = new InletError("INLET_TRANSFER_CANCELLED")): void {
    this.#abort.abort(error);
  }

  /** False: it may help to try again. */
  async #attempt(attempt: number): Promise<boolean> {
    const { url, policy, resolve, expiration, clock, size, trace } = this.#options;
    const { signal } = this.#abort;
    if (expiration !== undefined && clock.now() > expiration) throw new InletError("INLET_LINK_EXPIRED");
    try {
      const content = await getContent({ url, policy, resolve, clock, signal, trace, from: this.#next });
      if (size !== undefined && content.size !== undefined && content.size !== size)
        throw new InletError("INLET_TRANSFER_SIZE_MISMATCH", `${content.size}/${size}`);
      await this.#take(content);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const again = error instanceof InletError && error.code === "INLET_LINK_UNREACHABLE";
      if (!again || attempt + 1 >= LIMITS.linkAttempts) throw error;
      return false;
    }
  }

  async #take(content: HttpContent): Promise<void> {
    const { size } = this.#options;
    let at = content.from;
    if (this.#sink === undefined) {
      this.#begin = at;
      const total = content.size ?? size;
      this.#sink = this.#options.onMessage({
        contentType: content.type ?? "application/octet-stream",
        otherMimeHeaders: new Map(),
        // As with a=file-range: what is here already is no part of the message.
        ...(total !== undefined && { totalSize: total - at }),
      });
    }
    for await (const piece of content.octets) {
      this.#abort.signal.throwIfAborted();
      // A server that does not know ranges sends again what is here.
      const skip = Math.min(piece.length, Math.max(0, this.#next - at));
      at += piece.length;
      if (size === undefined && at > LIMITS.linkOctets) throw new InletError("INLET_TRANSFER_TOO_LARGE");
      if (skip === piece.length) continue;
      this.#sink.write(this.#next - this.#begin, piece.subarray(skip));
      this.#next = at;
      if (this.#sink.full !== undefined) await this.#sink.full;
    }
    await this.#sink.complete(this.#next - this.#begin);
  }

  async #pause(pause: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = this.#abort;
    signal.addEventListener("abort", () => resolve(), { once: true });
    using _ = this.#options.clock.after(millis(pause), resolve);
    if (!signal.aborted) await promise;
    signal.throwIfAborted();
  }
}
