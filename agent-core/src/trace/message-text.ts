/**
 * A message as text that can be kept: head and textual body as they came, a binary body by its size alone, all of it cut at
 * LIMITS.traceText, without secrets. Of a multipart body the textual parts stay.
 */
import { LIMITS, type TracedMessage } from "../kernel/index.ts";
import { redact } from "./redact.ts";

// What never stands in a line of text: C0 without tab, CR and LF, and DEL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const BINARY = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/;

export function messageText({ head, body }: TracedMessage): string {
  const top = typeof head === "string" ? head : cut(head, LIMITS.traceText);
  if (body === undefined) return redact(top);
  const rest = body.length === 0 ? "" : bodyText(body, Math.max(0, LIMITS.traceText - top.length));
  return redact(`${top}\r\n\r\n${rest}`);
}

function cut(bytes: Uint8Array, limit: number): string {
  const text = view(bytes).toString("utf8", 0, limit);
  return bytes.length <= limit ? text : `${text}${left(bytes.length - limit)}`;
}

function bodyText(body: Uint8Array, limit: number): string {
  const bytes = view(body);
  const text = bytes.toString("utf8", 0, limit);
  const more = bytes.length > limit ? left(bytes.length - limit) : "";
  // The cut may have halved the last character.
  if (!BINARY.test(more === "" ? text : text.slice(0, -1))) return `${text}${more}`;
  if (!text.startsWith("--")) return `[${bytes.length} octets, not text]`;
  return `${withoutBinaryParts(bytes.subarray(0, limit))}${more}`;
}

/** From a line that is no text up to the next line that could be a delimiter, only the number of octets stays. */
function withoutBinaryParts(body: Buffer): string {
  const kept: string[] = [];
  let dropped = 0;
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf(0x0a, at);
    const end = lineEnd < 0 ? body.length : lineEnd + 1;
    const line = body.toString("utf8", at, end);
    const delimiter = line.startsWith("--");
    if (BINARY.test(line) || (dropped > 0 && !delimiter)) dropped += end - at;
    else {
      if (dropped > 0) kept.push(`[${dropped} octets, not text]\r\n`);
      dropped = 0;
      kept.push(line);
    }
    at = end;
  }
  if (dropped > 0) kept.push(`[${dropped} octets, not text]`);
  return kept.join("");
}

const left = (octets: number): string => `\r\n[${octets} octets more]`;

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
