/**
 * SIP messages (RFC 3261 §7): head text ⇄ values; the body stays bytes. Header names are canonical (long, lower case)
 * in values. Refuses: another version, a bare CR or LF, NUL, a bad method or status, a header without colon or with a
 * bad name, more headers than the limit, two of a header that may stand once, a missing mandatory header, a CSeq of
 * another method.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { type CSeq, parseCSeq } from "./cseq.ts";
import { canonicalName, LIST_HEADERS, SINGLE_HEADERS, spelledName } from "./header-names.ts";
import { type NameAddr, parseNameAddr } from "./name-addr.ts";
import { hasBareNul, isToken, splitOutside, syntax } from "./scan.ts";
import { parseVia, type Via } from "./via.ts";

export interface Header {
  readonly name: string;
  readonly value: string;
}

interface Message {
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

export interface SipRequest extends Message {
  readonly kind: "request";
  readonly method: string;
  readonly requestUri: string;
}

export interface SipResponse extends Message {
  readonly kind: "response";
  readonly status: number;
  readonly reasonPhrase: string;
}

export type SipMessage = SipRequest | SipResponse;

export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly requestUri: string }
  | { readonly kind: "response"; readonly status: number; readonly reasonPhrase: string };

const EMPTY = new Uint8Array(0);

export function parseStartLine(line: string): StartLine {
  if (line.startsWith("SIP/")) {
    const match = /^SIP\/(\d+\.\d+) (\d{3})(?: (.*))?$/.exec(line);
    if (match?.[2] === undefined) throw syntax("status line");
    if (match[1] !== "2.0") throw new InletError("INLET_SIP_VERSION", match[1]);
    const status = Number(match[2]);
    if (status < 100 || status > 699) throw syntax("status code");
    return { kind: "response", status, reasonPhrase: match[3] ?? "" };
  }
  const [method, requestUri, version, extra] = line.split(" ", 4);
  if (method === undefined || !isToken(method)) throw syntax("request line: method");
  if (requestUri === undefined || requestUri === "" || version === undefined || extra !== undefined) {
    throw syntax("request line");
  }
  if (version !== "SIP/2.0") {
    if (/^SIP\/\d+\.\d+$/i.test(version)) {
      if (version.toUpperCase() !== "SIP/2.0") throw new InletError("INLET_SIP_VERSION", version);
    } else throw syntax("request line: version");
  }
  return { kind: "request", method, requestUri };
}

/** The lines of a head, folded ones joined (RFC 3261 §7.3.1). `head` ends before the empty line. */
function unfoldLines(head: string): string[] {
  const lines: string[] = [];
  // Pieces of the last line; joined once, or many short folds would copy the line as many times.
  let pieces: string[] = [];
  let length = 0;
  const join = (): void => {
    if (pieces.length > 1) lines[lines.length - 1] = pieces.join(" ");
  };
  for (const line of head.split("\r\n")) {
    if (line.length > LIMITS.sipLine) throw new InletError("INLET_SIP_LINE_TOO_LONG", `${line.length} octets`);
    if (line.startsWith(" ") || line.startsWith("\t")) {
      if (lines.length < 2) throw syntax("folded start line");
      const piece = line.trim();
      length += 1 + piece.length;
      if (length > LIMITS.sipLine) throw new InletError("INLET_SIP_LINE_TOO_LONG", `${length} octets`);
      if (piece !== "") pieces.push(piece);
    } else {
      join();
      lines.push(line);
      pieces = [line.trimEnd()];
      length = line.length;
    }
    if (lines.length > LIMITS.sipHeaderCount + 1) throw new InletError("INLET_SIP_TOO_MANY_HEADERS");
  }
  join();
  return lines;
}

export function parseHeaderLine(line: string): Header {
  const colon = line.indexOf(":");
  if (colon < 1) throw syntax("header without name");
  // Blanks before the colon are legal in SIP (HCOLON), unlike in HTTP.
  const name = line.slice(0, colon).trimEnd();
  if (!isToken(name)) throw syntax("header name");
  return { name: canonicalName(name), value: line.slice(colon + 1).trim() };
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Start line and headers; the checks across headers are `checkMessage`'s. */
export function parseHead(head: Uint8Array): { start: StartLine; headers: Header[] } {
  const text = UTF8.decode(head);
  if (hasBareNul(text)) throw syntax("NUL");
  const lines = unfoldLines(text);
  for (const line of lines) if (/[\r\n]/.test(line)) throw syntax("bare CR or LF");
  const [first = "", ...rest] = lines;
  const start = parseStartLine(first);
  const headers = rest.map(parseHeaderLine);
  for (const header of headers) {
    if (SINGLE_HEADERS.has(header.name) && headers.find((h) => h.name === header.name) !== header) {
      throw syntax(`${spelledName(header.name)} twice`);
    }
  }
  return { start, headers };
}

/** The whole message, checked. `head` ends before the empty line. */
export function parseMessage(head: Uint8Array, body: Uint8Array = EMPTY): SipMessage {
  const { start, headers } = parseHead(head);
  return checkMessage({ ...start, headers, body });
}

/** What RFC 3261 §8.1.1 demands of every message. */
export function checkMessage<M extends SipMessage>(message: M): M {
  for (const name of ["via", "from", "to", "call-id", "cseq"]) {
    if (headerValue(message, name) === undefined) throw syntax(`${spelledName(name)} missing`);
  }
  topVia(message);
  fromOf(message);
  toOf(message);
  const cseq = cseqOf(message);
  if (message.kind === "request" && cseq.method !== message.method) throw syntax("CSeq method differs");
  return message;
}

/** The first value of a header, whole. `name` is canonical. */
export const headerValue = (message: { readonly headers: readonly Header[] }, name: string): string | undefined =>
  message.headers.find((header) => header.name === name)?.value;

/** All values of a header; comma-separated lists are cut. Empty pieces are left out. */
export function headerValues(message: { readonly headers: readonly Header[] }, name: string): string[] {
  const values = message.headers.filter((header) => header.name === name).map((header) => header.value);
  if (!LIST_HEADERS.has(name)) return values;
  const found: string[] = [];
  for (const value of values) {
    for (const piece of splitOutside(value, ",", spelledName(name))) {
      const text = piece.trim();
      if (text !== "") found.push(text);
    }
  }
  return found;
}

/** The option tags of Require, Supported …, in lower case. */
export const optionTags = (message: { readonly headers: readonly Header[] }, name: string): string[] =>
  headerValues(message, name).map((tag) => tag.toLowerCase());

const mandatory = (message: Message, name: string): string => {
  const value = headerValue(message, name);
  if (value === undefined) throw syntax(`${spelledName(name)} missing`);
  return value;
};

/** Reads what it read last only once: one message after the other is asked for the same by several layers. */
function remembering<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: parse(text) };
    return last.value;
  };
}

const readFrom = remembering((text) => parseNameAddr(text, "From"));
const readTo = remembering((text) => parseNameAddr(text, "To"));
const readCSeq = remembering(parseCSeq);
const readVia = remembering(parseVia);

export const fromOf = (message: Message): NameAddr => readFrom(mandatory(message, "from"));
export const toOf = (message: Message): NameAddr => readTo(mandatory(message, "to"));
export const cseqOf = (message: Message): CSeq => readCSeq(mandatory(message, "cseq"));
export const callIdOf = (message: Message): string => mandatory(message, "call-id");

export function topVia(message: Message): Via {
  const [first] = headerValues(message, "via");
  if (first === undefined) throw syntax("Via missing");
  return readVia(first);
}

/** Bytes of a message; Content-Length is set from the body. */
export function formatMessage(message: SipMessage): Uint8Array {
  const start =
    message.kind === "request"
      ? `${message.method} ${message.requestUri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reasonPhrase}`;
  const lines = message.headers
    .filter((header) => header.name !== "content-length")
    .map((header) => `${spelledName(header.name)}: ${header.value}`);
  const head = [start, ...lines, `Content-Length: ${message.body.length}`, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), message.body]);
}
