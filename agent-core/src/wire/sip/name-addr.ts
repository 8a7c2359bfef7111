/**
 * From, To, Contact, Route, Refer-To: `"Name" <uri>;params` or `uri;params` (RFC 3261 §20.10). Without brackets, what
 * follows a semicolon belongs to the header, not to the URI. Refuses unbalanced quotes and brackets.
 */
import { formatParameters, type Parameters, parseParameters } from "./parameters.ts";
import { quote, splitOutside, syntax, unquote } from "./scan.ts";
import { formatUri, type OtherUri, parseUri, type SipUri } from "./uri.ts";

export interface NameAddr {
  readonly displayName?: string;
  readonly uri: SipUri | OtherUri;
  readonly parameters: Parameters;
}

export function parseNameAddr(text: string, where: string): NameAddr {
  const value = text.trim();
  const open = bracketOf(value);
  if (open < 0) {
    const semicolon = value.indexOf(";");
    // RFC 3261 §20.10: a URI with a question mark or comma stands in brackets; without, nobody knows where it ends.
    if (/[?,]/.test(semicolon < 0 ? value : value.slice(0, semicolon))) throw syntax(`${where}: brackets missing`);
    const uri = parseUri(semicolon < 0 ? value : value.slice(0, semicolon).trimEnd());
    return { uri, parameters: parseParameters(semicolon < 0 ? "" : value.slice(semicolon + 1), where) };
  }
  const close = value.indexOf(">", open);
  if (close < 0) throw syntax(`${where}: unclosed <`);
  const name = value.slice(0, open).trim();
  const tail = value.slice(close + 1).trim();
  if (tail !== "" && !tail.startsWith(";")) throw syntax(`${where}: text behind >`);
  return {
    ...(name !== "" && { displayName: unquote(name) }),
    uri: parseUri(value.slice(open + 1, close)),
    parameters: parseParameters(tail.slice(1), where),
  };
}

/** The first "<" outside quotes, or -1. */
function bracketOf(value: string): number {
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const c = value[i];
    if (quoted && c === "\\") i++;
    else if (c === '"') quoted = !quoted;
    else if (c === "<" && !quoted) return i;
  }
  if (quoted) throw syntax("unclosed quote");
  return -1;
}

/** A comma-separated list of them, as Contact, Route and Record-Route allow. */
export const parseNameAddrList = (text: string, where: string): NameAddr[] =>
  splitOutside(text, ",", where).map((piece) => parseNameAddr(piece, where));

export function formatNameAddr(value: NameAddr): string {
  const name = value.displayName === undefined ? "" : `${quote(value.displayName)} `;
  return `${name}<${formatUri(value.uri)}>${formatParameters(value.parameters)}`;
}
