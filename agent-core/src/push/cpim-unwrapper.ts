/**
 * Takes the message/cpim wrapper off a file while it streams (RFC 3862, seed 001 A.6): the position of the first octet
 * of content is known once the headers are whole. Holds at most LIMITS.cpimHeaders. Refuses (INLET_CPIM_INVALID) octets
 * of the content that arrive before the headers do.
 */
import { InletError } from "../kernel/index.ts";
import { type CpimHead, parseCpimHead } from "../wire/cpim/index.ts";

export type WriteContent = (position: number, bytes: Uint8Array) => void;

export class CpimUnwrapper {
  readonly #write: WriteContent;
  #head: Buffer = Buffer.alloc(0);
  #offset: number | undefined;
  #parsed: CpimHead | undefined;

  constructor(write: WriteContent) {
    this.#write = write;
  }

  /** What stands before the content, once it is known. */
  get head(): CpimHead | undefined {
    return this.#parsed;
  }

  /** `position` counts octets of the wrapped message. */
  write(position: number, bytes: Uint8Array): void {
    const offset = this.#offset;
    if (offset !== undefined) {
      const skip = Math.max(0, offset - position);
      if (skip < bytes.length) this.#write(position + skip - offset, bytes.subarray(skip));
      return;
    }
    if (position > this.#head.length) throw new InletError("INLET_CPIM_INVALID", "content before its headers");
    this.#head = Buffer.concat([this.#head.subarray(0, position), bytes]);
    const parsed = parseCpimHead(this.#head);
    if (parsed.status === "more") return;
    const buffered = this.#head;
    this.#head = Buffer.alloc(0);
    this.#offset = parsed.bodyOffset;
    this.#parsed = parsed;
    if (parsed.bodyOffset < buffered.length) this.#write(0, buffered.subarray(parsed.bodyOffset));
  }

  /** All octets are there. Fails when the headers never ended. */
  finish(): void {
    if (this.#offset === undefined) throw new InletError("INLET_CPIM_INVALID", "headers never end");
  }
}
