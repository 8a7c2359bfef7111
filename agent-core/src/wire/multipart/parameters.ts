/**
 * `value *(";" name "=" (token | quoted-string))`: the shape of Content-Type (RFC 2045 §5.1) and
 * Content-Disposition (RFC 2183 §2). One pass, no backtracking. Refuses control characters, a parameter given
 * twice, an unterminated quote. Tolerates an unquoted value with blanks or specials, and stray semicolons.
 */
import { type ErrorCode, InletError } from "../../kernel/index.ts";

/** Names in lower case, values unquoted. */
export type MimeParameters = ReadonlyMap<string, string>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export const isMimeToken = (text: string): boolean => TOKEN.test(text);

/** C0 controls and DEL, except HT: never part of a header value. */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if ((c < 0x20 && c !== 0x09) || c === 0x7f) return true;
  }
  return false;
}

const isBlank = (c: string | undefined): boolean => c === " " || c === "\t";

function skipBlank(text: string, from: number): number {
  let i = from;
  while (isBlank(text[i])) i++;
  return i;
}

/** The inside of a quoted-string that opens at `from`, unescaped, and where it ends. */
function readQuoted(text: string, from: number): { value: string; end: number } | undefined {
  let value = "";
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '"') return { value, end: i + 1 };
    if (text[i] === "\\") i++;
    value += text[i] ?? "";
  }
  return undefined;
}

export function parseParameterised(text: string): { value: string; parameters: MimeParameters } | undefined {
  if (hasControl(text)) return undefined;
  const semicolon = text.indexOf(";");
  const end = semicolon < 0 ? text.length : semicolon;
  const parameters = new Map<string, string>();
  let i = end;
  while (i < text.length) {
    if (text[i] !== ";") return undefined;
    i = skipBlank(text, i + 1);
    if (i >= text.length || text[i] === ";") continue;
    const equals = text.indexOf("=", i);
    if (equals < 0) return undefined;
    const name = text.slice(i, equals).trim().toLowerCase();
    if (!isMimeToken(name) || parameters.has(name)) return undefined;
    i = skipBlank(text, equals + 1);
    if (text[i] === '"') {
      const quoted = readQuoted(text, i);
      if (quoted === undefined) return undefined;
      parameters.set(name, quoted.value);
      i = skipBlank(text, quoted.end);
    } else {
      const next = text.indexOf(";", i);
      const stop = next < 0 ? text.length : next;
      const value = text.slice(i, stop).trim();
      if (value === "" || value.includes('"')) return undefined;
      parameters.set(name, value);
      i = stop;
    }
  }
  return { value: text.slice(0, end).trim(), parameters };
}

const quote = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;

/** `quoteAll` is the form of RFC 5547, where every parameter value stands in quotes. */
export function formatParameterised(
  value: string,
  parameters: MimeParameters,
  code: ErrorCode,
  quoteAll = false,
): string {
  let text = value;
  for (const [name, content] of parameters) {
    text += `;${name}=${!quoteAll && isMimeToken(content) ? content : quote(content)}`;
  }
  if (hasControl(text)) throw new InletError(code, "control character in a parameter");
  return text;
}
