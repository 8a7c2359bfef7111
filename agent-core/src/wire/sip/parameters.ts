/**
 * `;name=value` parameters (generic-param, RFC 3261 §25.1). Names compare case-insensitively and are kept in lower
 * case; a flag without value has the value "". Values are kept unquoted. Refuses a parameter that stands twice.
 */
import { isToken, quote, splitOutside, syntax, unquote } from "./scan.ts";

export type Parameters = ReadonlyMap<string, string>;

/** `text` is what follows the first ";" (may be empty). */
export function parseParameters(text: string, where: string): Parameters {
  const parameters = new Map<string, string>();
  if (text.trim() === "") return parameters;
  for (const piece of splitOutside(text, ";", where)) {
    const equals = piece.indexOf("=");
    const name = (equals < 0 ? piece : piece.slice(0, equals)).trim().toLowerCase();
    if (!isToken(name)) throw syntax(`${where}: parameter "${name.slice(0, 40)}"`);
    if (parameters.has(name)) throw syntax(`${where}: parameter ${name} twice`);
    parameters.set(name, equals < 0 ? "" : unquote(piece.slice(equals + 1).trim()));
  }
  return parameters;
}

/** Bare where the value allows it (token or host), quoted otherwise. */
const formatValue = (value: string): string => (/^[A-Za-z0-9\-.!%*_+`'~:[\]/]+$/.test(value) ? value : quote(value));

export function formatParameters(parameters: Parameters): string {
  let text = "";
  for (const [name, value] of parameters) text += value === "" ? `;${name}` : `;${name}=${formatValue(value)}`;
  return text;
}
