/**
 * The chunks of one message have heads that differ in the transact-id and the Byte-Range only. A template is such a
 * head as octets: one that matches it needs no parsing. What does not match is parsed as usual, with the same result.
 */
import type { MsrpRequest } from "./message.ts";

/** Longer heads are parsed each time. */
const BLOCK_MAX = 2048;
/** Digits, "-", "/" and "*" of the longest Byte-Range. */
const RANGE_MAX = 52;
const CR = 0x0d;

export class HeadTemplate {
  readonly #head: MsrpRequest;
  readonly #range: number;
  readonly #before: Buffer;
  readonly #after: Buffer;

  private constructor(head: MsrpRequest, range: number, before: Buffer, after: Buffer) {
    this.#head = head;
    this.#range = range;
    this.#before = before;
    this.#after = after;
  }

  /** Of a request with a body, from its header block up to and with the empty line. */
  static of(head: MsrpRequest, block: Buffer): HeadTemplate | undefined {
    const range = head.headers.findIndex(([name]) => name === "Byte-Range");
    const field = block.indexOf("\r\nByte-Range: ");
    if (range < 0 || field < 0 || block.length > BLOCK_MAX || block.includes("\r\n-------")) return undefined;
    const at = field + "\r\nByte-Range: ".length;
    const end = block.indexOf(CR, at);
    return new HeadTemplate(head, range, Buffer.from(block.subarray(0, at)), Buffer.from(block.subarray(end)));
  }

  /** The head whose header block begins at `at`, and where it ends; undefined when it is not like this one. */
  match(
    transactId: string,
    view: Buffer,
    at: number,
  ): { readonly head: MsrpRequest; readonly end: number } | undefined {
    const value = at + this.#before.length;
    if (
      view.length < value + this.#after.length ||
      view.compare(this.#before, 0, this.#before.length, at, value) !== 0
    ) {
      return undefined;
    }
    let cr = value;
    while (cr < value + RANGE_MAX && isRangeOctet(view[cr])) cr++;
    const end = cr + this.#after.length;
    if (view.length < end || view.compare(this.#after, 0, this.#after.length, cr, end) !== 0) return undefined;
    const { kind, method, toPath, fromPath, hasBody } = this.#head;
    const headers = this.#head.headers.with(this.#range, ["Byte-Range", view.toString("latin1", value, cr)]);
    return { head: { kind, transactId, method, toPath, fromPath, headers, hasBody }, end };
  }
}

/** "*", "-", "/" and digits stand together in ASCII, but for "+", "," and ".". */
const isRangeOctet = (octet: number | undefined): boolean =>
  octet !== undefined && octet >= 0x2a && octet <= 0x39 && octet !== 0x2b && octet !== 0x2c && octet !== 0x2e;
