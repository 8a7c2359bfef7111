/**
 * The head of a message/cpim message (RFC 3862 §2): message headers, a blank line, the MIME headers of the content,
 * a blank line. It can be read off the beginning of a stream. Refuses a head beyond LIMITS.cpimHeaders, a line
 * without a name, folded message headers, control characters. Tolerates LF line ends, more or fewer blanks than
 * one after the colon, and MIME headers that follow without the blank line (the seed's sample).
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import {
  type ContentType,
  contentType,
  formatMimeHeaders,
  hasControl,
  isMimeToken,
  type MimeHeader,
  mimeHeader,
  parseContentType,
  parseMimeHeaders,
} from "../multipart/index.ts";

/** Names are case-sensitive (§2.3) and keep their prefix (`imdn.Message-ID`). */
export interface CpimHeader {
  readonly name: string;
  /** `;lang=` */
  readonly language?: string;
  /** As it stands; `unescapeCpim` gives the text meant. */
  readonly value: string;
}

export interface CpimHead {
  readonly headers: readonly CpimHeader[];
  readonly mimeHeaders: readonly MimeHeader[];
  /** text/plain where none is stated. */
  readonly contentType: ContentType;
}

export type CpimHeadResult =
  | { readonly status: "more" }
  | ({ readonly status: "head"; readonly bodyOffset: number } & CpimHead);

export const cpimInvalid = (detail: string): InletError => new InletError("INLET_CPIM_INVALID", detail);

/** @param bytes the message from its beginning, as far as it has arrived. */
export function parseCpimHead(bytes: Uint8Array): CpimHeadResult {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = readBlock(data, 0);
  if (first === undefined) return more(data);
  const content = first.lines.findIndex((line) => /^content-/i.test(line));
  const messageLines = content < 0 ? first.lines : first.lines.slice(0, content);
  const early = content < 0 ? [] : first.lines.slice(content);
  const headers = messageLines.map(parseCpimHeader);
  if (early.some((line) => /^content-type[ \t]*:/i.test(line))) return head(headers, early, first.end);
  const second = readBlock(data, first.end);
  if (second === undefined) return more(data);
  return head(headers, [...early, ...second.lines], second.end);
}

function more(data: Buffer): CpimHeadResult {
  if (data.length > LIMITS.cpimHeaders) throw cpimInvalid("headers too large");
  return { status: "more" };
}

function head(headers: readonly CpimHeader[], lines: readonly string[], bodyOffset: number): CpimHeadResult {
  const mimeHeaders = parseMimeHeaders(lines, "INLET_CPIM_INVALID");
  return { status: "head", headers, mimeHeaders, contentType: cpimContentType(mimeHeaders), bodyOffset };
}

export function cpimContentType(mimeHeaders: readonly MimeHeader[]): ContentType {
  const text = mimeHeader(mimeHeaders, "Content-Type");
  const type = text === undefined ? contentType("text/plain") : parseContentType(text);
  if (type === undefined) throw cpimInvalid("Content-Type");
  return type;
}

/** The lines from `from` to a blank line, and the offset after that; `undefined` while the blank line is missing. */
function readBlock(data: Buffer, from: number): { lines: readonly string[]; end: number } | undefined {
  const blank = findBlankLine(data, from);
  if (blank === undefined) return undefined;
  if (blank.end > LIMITS.cpimHeaders) throw cpimInvalid("headers too large");
  if (blank.start === from) return { lines: [], end: blank.end };
  const lines = data
    .toString("utf8", from, blank.start - 1) // without the LF of the last line
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  return { lines, end: blank.end };
}

function findBlankLine(data: Buffer, from: number): { start: number; end: number } | undefined {
  const limit = Math.min(data.length, LIMITS.cpimHeaders + 2);
  for (let start = from; start < limit; ) {
    if (data[start] === 0x0a) return { start, end: start + 1 };
    if (data[start] === 0x0d && data[start + 1] === 0x0a) return { start, end: start + 2 };
    const lf = data.indexOf(0x0a, start);
    if (lf < 0) return undefined;
    start = lf + 1;
  }
  return undefined;
}

/** `Name:;param value`: parameters stand after the colon (§2.3.4). */
function parseCpimHeader(line: string, index: number): CpimHeader {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon));
  if (!isMimeToken(name) || hasControl(line)) throw cpimInvalid(`line ${index + 1}`);
  const rest = line.slice(colon + 1);
  const blank = rest.indexOf(" ");
  const parameterEnd = !rest.startsWith(";") ? 0 : blank < 0 ? rest.length : blank;
  const language = rest
    .slice(0, parameterEnd)
    .split(";")
    .find((parameter) => parameter.toLowerCase().startsWith("lang="))
    ?.slice(5);
  const value = rest.slice(parameterEnd).trim();
  return language === undefined || !isMimeToken(language) ? { name, value } : { name, language, value };
}

export function formatCpimHead(head: Pick<CpimHead, "headers" | "mimeHeaders">): Uint8Array {
  let text = "";
  for (const { name, language, value } of head.headers) {
    if (!isMimeToken(name) || /^content-/i.test(name) || hasControl(value)) {
      throw cpimInvalid(`header ${JSON.stringify(name)}`);
    }
    if (language !== undefined && !isMimeToken(language)) throw cpimInvalid(`language of ${name}`);
    text += `${name}:${language === undefined ? "" : `;lang=${language}`} ${value}\r\n`;
  }
  return new TextEncoder().encode(`${text}\r\n${formatMimeHeaders(head.mimeHeaders, "INLET_CPIM_INVALID")}\r\n`);
}
