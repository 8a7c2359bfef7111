/** The few lexical tools of RFC 3261 §25.1 that every header shares. All are linear in their input. */
import { InletError } from "../../kernel/index.ts";

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
export const isToken = (text: string): boolean => TOKEN.test(text);

export const syntax = (where: string): InletError => new InletError("INLET_SIP_SYNTAX", where);

/**
 * Cuts `text` at each `separator` that stands outside quotes and angle brackets.
 * Refuses a quote or bracket that is never closed. Empty pieces are kept.
 */
export function splitOutside(text: string, separator: "," | ";", where: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "<") bracketed = true;
    else if (c === ">") bracketed = false;
    else if (c === separator && !bracketed) {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quoted) throw syntax(`${where}: unclosed quote`);
  if (bracketed) throw syntax(`${where}: unclosed <`);
  pieces.push(text.slice(start));
  return pieces;
}

/** The text of a quoted-string without its quotes and escapes; anything else unchanged. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** A NUL that is no escaped character of a quoted string (quoted-pair, RFC 3261 §25.1). */
export function hasBareNul(text: string): boolean {
  if (!text.includes("\0")) return false;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "\0") return true;
    if (c === "\n") quoted = false;
    else if (quoted && c === "\\") i++;
    else if (c === '"') quoted = !quoted;
  }
  return false;
}

export const quote = (text: string): string => `"${text.replace(/["\\\0]/g, "\\$&")}"`;
