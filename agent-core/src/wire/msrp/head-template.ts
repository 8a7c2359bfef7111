/**
 * The chunks of one message have heads that differ in the transact-id and the Byte-Range only. A template is such a
 * head as octets: one that matches it needs no parsing. What does not match is parsed as usual, with the same result.
 */
import type { MsrpRequest } from "./message.ts";

/** Longer heads are parsed each time. */
const BLOCK_MAX = 2048;
/** Digits, "-", "/" and "*" of the longest Byte-Range. */
const RANGE_MAX = 52;
/** Up to 15 digits every number is exact; longer ones are read by `parseByteRange`, which knows the border. */
const DIGITS_MAX = 15;
const ID_MIN = 4;
const ID_MAX = 32;
const OPENING = "MSRP ".length;
/** "MSRP" */
const MSRP = 0x4d535250;
const CR = 0x0d;
const BLANK = 0x20;
const DASH = 0x2d;
const STAR = 0x2a;
const SLASH = 0x2f;

/** Octets of a transact-id: 1 anywhere, 2 not as the first. */
const IDENT = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") IDENT[c.charCodeAt(0)] = 1;
for (const c of ".-+%=") IDENT[c.charCodeAt(0)] = 2;

export class HeadTemplate {
  readonly #head: MsrpRequest;
  readonly #range: number;
  /** From the blank behind the transact-id to the value of Byte-Range. */
  readonly #before: DataView;
  /** From behind it to the empty line. */
  readonly #after: DataView;
  /** Octets of the longest head that is like this one. Nothing is read beyond a buffer's end: that is slow ever after. */
  readonly #room: number;
  #view: Buffer;
  /** The same octets. */
  #words: DataView;
  #rangeAt = 0;
  /** Where a number is read. */
  #at = 0;

  /** Of the last match: where its transact-id and its head end, */
  idEnd = 0;
  end = 0;
  /** and its Byte-Range, where 0 stands for `*`. All 0: it is to be read with `parseByteRange`. */
  start = 0;
  rangeEnd = 0;
  total = 0;

  private constructor(head: MsrpRequest, range: number, before: Buffer, after: Buffer) {
    this.#head = head;
    this.#range = range;
    this.#before = wordsOf(before);
    this.#after = wordsOf(after);
    this.#room = OPENING + ID_MAX + before.length + RANGE_MAX + after.length;
    this.#view = after;
    this.#words = this.#after;
  }

  /** Of a request with a body: `head` from behind its transact-id up to and with the empty line. */
  static of(request: MsrpRequest, head: Buffer): HeadTemplate | undefined {
    const range = request.headers.findIndex(([name]) => name === "Byte-Range");
    const field = head.indexOf("\r\nByte-Range: ");
    if (range < 0 || field < 0 || head.length > BLOCK_MAX || head.includes("\r\n-------")) return undefined;
    const at = field + "\r\nByte-Range: ".length;
    const end = head.indexOf(CR, at);
    return new HeadTemplate(request, range, Buffer.from(head.subarray(0, at)), Buffer.from(head.subarray(end)));
  }

  /** Whether a whole head like this one begins at `at`. Never so near to the end of `view` that a longer one had no room. */
  match(view: Buffer, at: number): boolean {
    if (view.length - at < this.#room) return false;
    if (view !== this.#view) {
      this.#view = view;
      this.#words = wordsOf(view);
    }
    const idAt = at + OPENING;
    let idEnd = idAt;
    if (this.#words.getInt32(at) !== MSRP || view[idAt - 1] !== BLANK || IDENT[view[idAt] ?? 0] !== 1) return false;
    while (IDENT[view[idEnd] ?? 0] !== 0) if (++idEnd - idAt > ID_MAX) return false;
    if (view[idEnd] !== BLANK || idEnd - idAt < ID_MIN) return false;
    const value = idEnd + this.#before.byteLength;
    if (!standsAt(this.#before, this.#words, idEnd)) return false;
    let cr = value;
    while (cr < value + RANGE_MAX && isRangeOctet(view[cr])) cr++;
    const end = cr + this.#after.byteLength;
    if (!standsAt(this.#after, this.#words, cr)) return false;
    this.#rangeAt = value;
    this.idEnd = idEnd;
    this.end = end;
    this.#readRange(view, value, cr);
    return true;
  }

  /** The head of the last match, in full. */
  head(transactId: string): MsrpRequest {
    const { kind, method, toPath, fromPath, hasBody } = this.#head;
    const text = this.#view.toString("latin1", this.#rangeAt, this.end - this.#after.byteLength);
    const headers = this.#head.headers.with(this.#range, ["Byte-Range", text]);
    return { kind, transactId, method, toPath, fromPath, headers, hasBody };
  }

  #readRange(view: Buffer, from: number, to: number): void {
    this.start = this.rangeEnd = this.total = 0;
    this.#at = from;
    const start = this.#number(view);
    if (start <= 0 || view[this.#at++] !== DASH) return;
    const rangeEnd = this.#number(view);
    if (rangeEnd < 0 || view[this.#at++] !== SLASH) return;
    const total = this.#number(view);
    if (total < 0 || this.#at !== to || (rangeEnd > 0 && rangeEnd < start)) return;
    if (total > 0 && (start > total + 1 || rangeEnd > total)) return;
    this.start = start;
    this.rangeEnd = rangeEnd;
    this.total = total;
  }

  /** The number that stands there: 0 for `*`, -1 for none. */
  #number(view: Buffer): number {
    const first = this.#at;
    let n = 0;
    let at = first;
    for (let digit = (view[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (view[++at] ?? 0) - 0x30) {
      n = n * 10 + digit;
    }
    if (at === first && view[at] === STAR) at++;
    else if (at === first || at - first > DIGITS_MAX || n === 0) n = -1;
    this.#at = at;
    return n;
  }
}

const wordsOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/** For some hundred octets four at a time are faster than asking Node. */
function standsAt(octets: DataView, view: DataView, at: number): boolean {
  const { byteLength } = octets;
  if (view.byteLength - at < byteLength) return false;
  let i = 0;
  for (; i + 4 <= byteLength; i += 4) if (octets.getInt32(i, true) !== view.getInt32(at + i, true)) return false;
  for (; i < byteLength; i++) if (octets.getInt8(i) !== view.getInt8(at + i)) return false;
  return true;
}

/** "*", "-", "/" and digits stand together in ASCII, but for "+", "," and ".". */
const isRangeOctet = (octet: number | undefined): boolean =>
  octet !== undefined && octet >= 0x2a && octet <= 0x39 && octet !== 0x2b && octet !== 0x2c && octet !== 0x2e;
