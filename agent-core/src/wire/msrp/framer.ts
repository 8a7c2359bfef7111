/**
 * The incremental MSRP parser (RFC 4975 §7.1, §9): octets in, heads, body pieces and end-lines out.
 *
 *   head ──empty line──► body ──end-line with flag and CRLF──► head
 *     └──────── end-line (no body) ────────────────────────────►┘
 *
 * Any split of the stream gives the same result. Memory is bounded: an unfinished head (LIMITS.msrp*) and the
 * length of a matched piece of end-line; a body is never held. What is not a start line on a fresh frame ends
 * the stream, for good: there is no guessing where the next message could begin.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { HeadTemplate } from "./head-template.ts";
import { type Flag, type MsrpHead, parseHead, parseStartLine, type StartLine } from "./message.ts";
import { parsePath } from "./msrp-uri.ts";

export interface FramerSink {
  head(head: MsrpHead): void;
  /**
   * Optional, the fast way: a head that differs from that of the last message with a body in its transact-id and its
   * (valid) Byte-Range only; 0 stands for `*`. false: it is to be handed to `head`, in full.
   */
  repeated?(transactId: string, start: number, end: number, total: number): boolean;
  /** A view, valid during the call only. `offset`: its place in the body of this chunk, from 0. */
  body(piece: Buffer, offset: number): void;
  end(flag: Flag): void;
}

/** As much of a refused head as a response to it needs. */
export interface BrokenHead {
  readonly transactId: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
}

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Buffer.from("\r\n");
const EMPTY_LINE = Buffer.from("\r\n\r\n");
const OPENING = Buffer.from("MSRP ");
const DASHES = "\r\n-------";
/** What every end-line begins with. So few octets are searched for with memchr: five times as fast as a whole needle. */
const BEGINNING = Buffer.from("\r\n----");
/** Flag and CRLF. */
const TAIL = 3;
/** The longest head, with room for an end-line after it. */
const HEAD_MAX = LIMITS.msrpStartLine + LIMITS.msrpHeaders + 64;

/** For two dozen octets faster than asking Node. */
function standsAt(octets: Buffer, buffer: Buffer, at: number): boolean {
  if (buffer.length - at < octets.length) return false;
  for (let i = 0; i < octets.length; i++) if (octets[i] !== buffer[at + i]) return false;
  return true;
}

const flagOf = (byte: number | undefined): Flag | undefined =>
  byte === 0x24 ? "$" : byte === 0x2b ? "+" : byte === 0x23 ? "#" : undefined;

export class Framer {
  readonly #sink: FramerSink;
  /** An unfinished head, over several pushes. */
  #held: Buffer | undefined;
  #heldLength = 0;
  #inBody = false;
  #offset = 0;
  /** CRLF, seven dashes and the transact-id of the current frame. */
  #needle: Buffer = Buffer.alloc(0);
  /** How much of the end-line stands at the end of what has been pushed, and of that, what is not body. */
  #matched = 0;
  #virtual = 0;
  #flag: Flag = "$";
  #template: HeadTemplate | undefined;
  #failed: InletError | undefined;
  #broken: BrokenHead | undefined;
  readonly #paths: { readonly value: string; readonly path: readonly string[] }[] = [];

  constructor(sink: FramerSink) {
    this.#sink = sink;
  }

  /** Between two messages: the stream may end here. */
  get idle(): boolean {
    return !this.#inBody && this.#heldLength === 0;
  }

  /** After push has thrown: whom to tell, if that could be made out. */
  get broken(): BrokenHead | undefined {
    return this.#broken;
  }

  /** Throws INLET_MSRP_SYNTAX and INLET_MSRP_HEADERS_TOO_LARGE; the stream is then lost. */
  push(bytes: Uint8Array): void {
    if (this.#failed !== undefined) throw this.#failed;
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < buffer.length; ) at = this.#inBody ? this.#body(buffer, at) : this.#head(buffer, at);
  }

  #fail(error: InletError): never {
    this.#failed = error;
    throw error;
  }

  #head(buffer: Buffer, at: number): number {
    if (this.#heldLength === 0) {
      const end = this.#repeated(buffer, at);
      if (end > 0) return end;
      const used = this.#scanHead(buffer.subarray(at, at + HEAD_MAX));
      if (used !== undefined) return at + used;
    }
    this.#held ??= Buffer.allocUnsafe(HEAD_MAX);
    const before = this.#heldLength;
    const copied = buffer.copy(this.#held, before, at);
    this.#heldLength += copied;
    if (before === 0) return at + copied;
    const used = this.#scanHead(this.#held.subarray(0, this.#heldLength));
    if (used === undefined) return at + copied;
    this.#heldLength = 0;
    return at + used - before;
  }

  /** Takes a whole head that is like the last one; returns its end, or 0. */
  #repeated(buffer: Buffer, at: number): number {
    const template = this.#template;
    if (template === undefined || !template.match(buffer, at)) return 0;
    const from = at + OPENING.length;
    const { idEnd, end, start } = template;
    const transactId = buffer.toString("latin1", from, idEnd);
    this.#expect(buffer, from, idEnd);
    const taken = start > 0 && this.#sink.repeated?.(transactId, start, template.rangeEnd, template.total);
    if (taken !== true) this.#sink.head(template.head(transactId));
    this.#enterBody();
    return end;
  }

  /** The needle of the frame whose transact-id stands there. Ids are mostly of one length: its memory serves again. */
  #expect(view: Buffer, from: number, to: number): void {
    const length = DASHES.length + to - from;
    if (this.#needle.length !== length) {
      this.#needle = Buffer.alloc(length);
      this.#needle.write(DASHES, "latin1");
    }
    for (let i = from, at = DASHES.length; i < to; i++, at++) this.#needle[at] = view[i] ?? 0;
  }

  /** Octets used by the head at the beginning of `view`, undefined if it is not whole yet. */
  #scanHead(view: Buffer): number | undefined {
    const opening = Math.min(view.length, OPENING.length);
    if (OPENING.compare(view, 0, opening, 0, opening) !== 0) {
      this.#fail(new InletError("INLET_MSRP_SYNTAX", "not an MSRP start line"));
    }
    const eol = view.indexOf(CRLF);
    if (eol > LIMITS.msrpStartLine || (eol < 0 && view.length > LIMITS.msrpStartLine + 1)) {
      this.#fail(new InletError("INLET_MSRP_HEADERS_TOO_LARGE", "start line"));
    }
    if (eol < 0) return undefined;
    const start = this.#attempt(() => parseStartLine(view.toString("utf8", 0, eol)));
    this.#expect(view, OPENING.length, OPENING.length + start.transactId.length);
    const { empty, end } = this.#headEnd(view, eol, start.kind === "request" && start.method === "SEND");
    const length = (end ?? empty ?? view.length - TAIL - this.#needle.length) - eol;
    if (length > LIMITS.msrpHeaders) this.#refuse(start, view, eol, "INLET_MSRP_HEADERS_TOO_LARGE", "header block");
    if (end === undefined && empty === undefined) return undefined;
    if (end === undefined) {
      this.#open(start, view, eol, empty ?? eol, true);
      this.#enterBody();
      return (empty ?? eol) + EMPTY_LINE.length;
    }
    const tail = end + this.#needle.length;
    const flag = flagOf(view[tail]);
    const wrong =
      (view.length > tail && flag === undefined) ||
      (view.length > tail + 1 && view[tail + 1] !== CR) ||
      (view.length > tail + 2 && view[tail + 2] !== LF);
    if (wrong) this.#refuse(start, view, eol, "INLET_MSRP_SYNTAX", "end-line");
    if (flag === undefined || view.length < tail + TAIL) return undefined;
    this.#open(start, view, eol, end, false);
    this.#sink.end(flag);
    return tail + TAIL;
  }

  #enterBody(): void {
    // The CRLF of the empty line may be that of an end-line that follows at once.
    this.#inBody = true;
    this.#matched = this.#virtual = CRLF.length;
    this.#offset = 0;
  }

  /** Where the head ends: at an empty line, or at the end-line, whichever comes first. */
  #headEnd(view: Buffer, eol: number, bodyLikely: boolean): { empty?: number; end?: number } {
    if (bodyLikely) {
      const empty = view.indexOf(EMPTY_LINE, eol);
      const end = (empty < 0 ? view : view.subarray(0, empty + 2)).indexOf(this.#needle, eol);
      return end >= 0 ? { end } : empty >= 0 ? { empty } : {};
    }
    const end = view.indexOf(this.#needle, eol);
    const empty = (end < 0 ? view : view.subarray(0, end + 2)).indexOf(EMPTY_LINE, eol);
    return empty >= 0 ? { empty } : end >= 0 ? { end } : {};
  }

  #open(start: StartLine, view: Buffer, eol: number, end: number, hasBody: boolean): void {
    let head: MsrpHead;
    try {
      head = parseHead(start, view.toString("utf8", eol + 2, Math.max(end, eol + 2)), hasBody, this.#path);
    } catch (error) {
      this.#salvage(start, view, eol);
      if (error instanceof InletError) this.#failed = error;
      throw error;
    }
    if (head.kind === "request" && head.hasBody) {
      this.#template = HeadTemplate.of(
        head,
        view.subarray(OPENING.length + start.transactId.length, end + EMPTY_LINE.length),
      );
    }
    this.#sink.head(head);
  }

  /** Chunks of one message repeat their paths: each is read once. */
  readonly #path = (value: string): readonly string[] => {
    const known = this.#paths.find((p) => p.value === value);
    if (known !== undefined) return known.path;
    const path = parsePath(value);
    this.#paths.unshift({ value, path });
    if (this.#paths.length > 4) this.#paths.pop();
    return path;
  };

  #attempt<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof InletError) this.#failed = error;
      throw error;
    }
  }

  #refuse(
    start: StartLine,
    view: Buffer,
    eol: number,
    code: "INLET_MSRP_SYNTAX" | "INLET_MSRP_HEADERS_TOO_LARGE",
    detail: string,
  ): never {
    this.#salvage(start, view, eol);
    return this.#fail(new InletError(code, detail));
  }

  #salvage(start: StartLine, view: Buffer, eol: number): void {
    if (start.kind === "response") return;
    const text = view.toString("utf8", eol, Math.min(view.length, eol + LIMITS.msrpHeaders));
    const to = /\r\nTo-Path: *(msrps?:\/\/[!-~]+)/i.exec(text)?.[1];
    const from = /\r\nFrom-Path: *(msrps?:\/\/[!-~]+)/i.exec(text)?.[1];
    if (to === undefined || from === undefined) return;
    this.#broken = { transactId: start.transactId, toPath: [to], fromPath: [from] };
  }

  #deliver(piece: Buffer): void {
    if (piece.length === 0) return;
    const offset = this.#offset;
    this.#offset += piece.length;
    this.#sink.body(piece, offset);
  }

  #endFrame(flag: Flag): void {
    this.#inBody = false;
    this.#matched = this.#virtual = 0;
    this.#sink.end(flag);
  }

  #body(buffer: Buffer, from: number): number {
    const at = this.#matched > 0 ? this.#resume(buffer, from) : from;
    if (!this.#inBody || this.#matched > 0) return at;
    const needle = this.#needle;
    let searched = at;
    for (;;) {
      const found = this.#find(buffer, searched);
      if (found < 0) break;
      const tail = found + needle.length;
      const seen = buffer.length - tail;
      const flag = seen < 1 ? undefined : flagOf(buffer[tail]);
      if (
        (seen < 1 || flag !== undefined) &&
        (seen < 2 || buffer[tail + 1] === CR) &&
        (seen < 3 || buffer[tail + 2] === LF)
      ) {
        this.#deliver(buffer.subarray(at, found));
        this.#flag = flag ?? "$";
        if (seen >= TAIL) {
          this.#endFrame(this.#flag);
          return tail + TAIL;
        }
        this.#matched = needle.length + seen;
        return buffer.length;
      }
      searched = tail;
    }
    const held = this.#beginning(buffer, searched);
    this.#deliver(buffer.subarray(at, buffer.length - held));
    this.#matched = held;
    return buffer.length;
  }

  /** Where the needle stands, or -1. Content full of beginnings is searched for the whole of it. */
  #find(buffer: Buffer, from: number): number {
    const beginning = buffer.indexOf(BEGINNING, from);
    return beginning < 0 || standsAt(this.#needle, buffer, beginning)
      ? beginning
      : buffer.indexOf(this.#needle, beginning + 1);
  }

  /** How many of the last octets could be the beginning of the needle. It holds one CR, so only the last CR can. */
  #beginning(buffer: Buffer, from: number): number {
    const needle = this.#needle;
    const first = Math.max(from, buffer.length - needle.length + 1);
    for (let at = buffer.length - 1; at >= first; at--) {
      if (buffer[at] !== CR) continue;
      const length = buffer.length - at;
      return needle.compare(buffer, at, buffer.length, 0, length) === 0 ? length : 0;
    }
    return 0;
  }

  /** Goes on with an end-line begun in an earlier push; when it turns out to be none, it was body. */
  #resume(buffer: Buffer, from: number): number {
    const needle = this.#needle;
    const whole = needle.length + TAIL;
    let at = from;
    while (at < buffer.length) {
      const byte = buffer[at];
      const m = this.#matched;
      const fits =
        m < needle.length
          ? byte === needle[m]
          : m === needle.length
            ? flagOf(byte) !== undefined
            : byte === (m === needle.length + 1 ? CR : LF);
      if (!fits) {
        const held = m - this.#virtual;
        if (held <= at - from) {
          // All of it stands in this buffer, and goes with what follows.
          this.#matched = this.#virtual = 0;
          return from;
        }
        const line = Buffer.from(`${needle.toString("latin1")}${this.#flag}\r`, "latin1");
        const piece = line.subarray(this.#virtual, m);
        this.#matched = this.#virtual = 0;
        this.#deliver(piece);
        return at;
      }
      if (m === needle.length) this.#flag = flagOf(byte) ?? "$";
      this.#matched = m + 1;
      at++;
      if (this.#matched === whole) {
        this.#endFrame(this.#flag);
        return at;
      }
    }
    return at;
  }
}
