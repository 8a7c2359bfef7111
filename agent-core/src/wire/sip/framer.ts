/**
 * A SIP stream (TCP, TLS) cut into messages by Content-Length (RFC 3261 §18.3), and the empty lines that RFC 5626 §4.4.1 keeps flows
 * alive with.
 * Any split of the stream gives the same result. A head that cannot be understood is handed on as `malformed`: with
 * `lost` unset its body was skipped and the stream goes on; with `lost` the boundary is unknown and the connection must
 * be closed. Holds at most one head and one body, both limited.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { checkMessage, type Header, parseHead, parseHeaderLine, type SipMessage } from "./message.ts";

export type Framed =
  /** An empty line between messages: two make a keep-alive ping, one answers it. */
  | { readonly kind: "crlf" }
  | { readonly kind: "message"; readonly head: Uint8Array; readonly message: SipMessage }
  | { readonly kind: "malformed"; readonly head: Uint8Array; readonly error: InletError; readonly lost: boolean };

interface Pending {
  readonly parsed: ReturnType<typeof parseHead> | undefined;
  readonly error: InletError | undefined;
  readonly head: Uint8Array;
  readonly bodyLength: number;
}

const BLANK_LINE = Buffer.from("\r\n\r\n");
const LIMIT_ERRORS = new Set(["INLET_SIP_LINE_TOO_LONG", "INLET_SIP_TOO_MANY_HEADERS"]);

export class SipFramer {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the search for the blank line goes on. */
  #scanned = 0;
  #pending: Pending | undefined;
  #lost = false;

  /** True while a message has begun and is not whole: such a state must not last. */
  get incomplete(): boolean {
    return this.#pending !== undefined || this.#buffer.length > 0;
  }

  push(bytes: Uint8Array): Framed[] {
    if (this.#lost) return [];
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#buffer, bytes]);
    const framed: Framed[] = [];
    for (;;) {
      const next = this.#pending === undefined ? this.#readHead() : this.#readBody(this.#pending);
      if (next === undefined) return framed;
      if (next === "again") continue;
      framed.push(next);
      if (next.kind === "malformed" && next.lost) {
        this.#lost = true;
        this.#buffer = Buffer.alloc(0);
        return framed;
      }
    }
  }

  #readHead(): Framed | "again" | undefined {
    const buffer = this.#buffer;
    if (buffer[0] === 0x0d) {
      if (buffer.length < 2) return undefined;
      if (buffer[1] !== 0x0a) return this.#lose("bare CR");
      this.#consume(2);
      return { kind: "crlf" };
    }
    const end = buffer.indexOf(BLANK_LINE, Math.max(0, this.#scanned - 3));
    if (end < 0) {
      this.#scanned = buffer.length;
      if (buffer.length > LIMITS.sipHeaders) {
        return this.#lose(new InletError("INLET_SIP_HEADERS_TOO_LARGE", `over ${LIMITS.sipHeaders} octets`));
      }
      return undefined;
    }
    if (end > LIMITS.sipHeaders) return this.#lose(new InletError("INLET_SIP_HEADERS_TOO_LARGE", `${end} octets`));
    const head = Buffer.from(buffer.subarray(0, end));
    this.#consume(end + BLANK_LINE.length);
    return this.#takeHead(head);
  }

  #takeHead(head: Buffer): Framed | "again" {
    let parsed: Pending["parsed"];
    let error: InletError | undefined;
    try {
      parsed = parseHead(head);
    } catch (e) {
      error = asInletError(e);
    }
    // Whoever goes beyond a limit is not listened to any longer.
    if (error !== undefined && LIMIT_ERRORS.has(error.code)) return { kind: "malformed", head, error, lost: true };
    const length = contentLength(parsed === undefined ? linesOf(head) : parsed.headers);
    if (typeof length !== "number") return { kind: "malformed", head, error: length, lost: true };
    if (length > LIMITS.sipBody) {
      return {
        kind: "malformed",
        head,
        error: new InletError("INLET_SIP_BODY_TOO_LARGE", `${length} octets`),
        lost: true,
      };
    }
    this.#pending = { parsed, error, head, bodyLength: length };
    return "again";
  }

  #readBody(pending: Pending): Framed | undefined {
    if (this.#buffer.length < pending.bodyLength) return undefined;
    const body = new Uint8Array(this.#buffer.subarray(0, pending.bodyLength));
    this.#consume(pending.bodyLength);
    this.#pending = undefined;
    if (pending.parsed === undefined) return this.#malformed(pending);
    try {
      const { start, headers } = pending.parsed;
      return { kind: "message", head: pending.head, message: checkMessage({ ...start, headers, body }) };
    } catch (e) {
      return this.#malformed({ ...pending, error: asInletError(e) });
    }
  }

  #malformed(pending: Pending): Framed {
    const error = pending.error ?? new InletError("INLET_SIP_SYNTAX");
    return { kind: "malformed", head: pending.head, error, lost: false };
  }

  #lose(why: string | InletError): Framed {
    const error = typeof why === "string" ? new InletError("INLET_SIP_SYNTAX", why) : why;
    return { kind: "malformed", head: Buffer.from(this.#buffer.subarray(0, LIMITS.sipHeaders)), error, lost: true };
  }

  #consume(length: number): void {
    this.#buffer = this.#buffer.subarray(length);
    this.#scanned = 0;
  }
}

const asInletError = (error: unknown): InletError => {
  if (error instanceof InletError) return error;
  throw error;
};

/** Of a head that could not be understood, so that one bad header does not cost the connection. */
const linesOf = (head: Buffer): Header[] =>
  head
    .toString("latin1")
    .split("\r\n")
    .filter((line) => /^(?:content-length|l)[ \t]*:/i.test(line))
    .map(parseHeaderLine);

/** The length of the body, or why it cannot be known. On a stream a missing Content-Length is an error (RFC 3261 §20.14). */
function contentLength(headers: readonly Header[]): number | InletError {
  const values = new Set(headers.filter(({ name }) => name === "content-length").map((header) => header.value));
  const [value, other] = values;
  if (value === undefined) return new InletError("INLET_SIP_CONTENT_LENGTH", "missing");
  if (other !== undefined) return new InletError("INLET_SIP_CONTENT_LENGTH", "two values");
  if (!/^\d{1,10}$/.test(value)) return new InletError("INLET_SIP_CONTENT_LENGTH", value.slice(0, 20));
  return Number(value);
}
