/**
 * A block of MIME headers (RFC 2045 §3, RFC 5322 §2.2): names and values in order, folded lines joined.
 * Refuses a line without a name, and control characters; the caller says whose error that is.
 */
import { type ErrorCode, InletError } from "../../kernel/index.ts";
import { hasControl, isMimeToken } from "./parameters.ts";

export type MimeHeader = readonly [name: string, value: string];

/** `lines` without their line ends and without the blank line. */
export function parseMimeHeaders(lines: readonly string[], code: ErrorCode): readonly MimeHeader[] {
  const headers: [string, string][] = [];
  for (const [index, line] of lines.entries()) {
    if (hasControl(line)) throw new InletError(code, `header line ${index + 1}: control character`);
    const last = headers.at(-1);
    if ((line.startsWith(" ") || line.startsWith("\t")) && last !== undefined) {
      last[1] = `${last[1]} ${line.trim()}`.trim();
      continue;
    }
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trimEnd();
    if (!isMimeToken(name)) throw new InletError(code, `header line ${index + 1}: no name`);
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return headers;
}

/** Header lines with their CRLFs, without a blank line. */
export function formatMimeHeaders(headers: readonly MimeHeader[], code: ErrorCode): string {
  let text = "";
  for (const [name, value] of headers) {
    if (!isMimeToken(name) || hasControl(value)) throw new InletError(code, `header ${JSON.stringify(name)}`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** The first value under a name; MIME header names know no case. */
export function mimeHeader(headers: readonly MimeHeader[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}
