/**
 * SIP and SIPS URIs (RFC 3261 §19.1). Any other scheme parses to a value that keeps its text, so that a caller can
 * answer 416. Refuses blanks, controls, an empty host, a port out of range.
 */
import { InletError } from "../../kernel/index.ts";
import { isIpv6 } from "./ipv6.ts";
import { type Parameters, parseParameters } from "./parameters.ts";

export interface SipUri {
  readonly scheme: "sip" | "sips";
  /** Still percent-encoded, as on the wire. */
  readonly user?: string;
  /** Lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
  /** Everything behind "?", unparsed. */
  readonly headers?: string;
}

export interface OtherUri {
  readonly scheme: string;
  readonly text: string;
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?$/;
const isHost = (text: string): boolean =>
  text.startsWith("[") ? text.endsWith("]") && isIpv6(text.slice(1, -1)) : NAME.test(text);
const USER = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%:#]+$/;

const bad = (text: string, why: string): InletError =>
  new InletError("INLET_SIP_URI", `${why}: ${text.slice(0, 80).replace(/[^ -~]/g, "?")}`);

export const isSipUri = (uri: SipUri | OtherUri): uri is SipUri => "host" in uri;

export function parseUri(text: string): SipUri | OtherUri {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, colon).toLowerCase();
  if (colon < 1 || !/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw bad(text, "no scheme");
  if (/[^!-~\u0080-\uffff]/.test(text)) throw bad(text, "blank or control character");
  if (scheme !== "sip" && scheme !== "sips") return { scheme, text };

  let rest = text.slice(colon + 1);
  const at = rest.lastIndexOf("@", endOfUserInfo(rest));
  const user = at < 0 ? undefined : rest.slice(0, at);
  if (user !== undefined && !USER.test(user)) throw bad(text, "user part");
  rest = rest.slice(at + 1);
  const question = rest.indexOf("?");
  const headers = question < 0 ? undefined : rest.slice(question + 1);
  if (question >= 0) rest = rest.slice(0, question);
  const semicolon = rest.indexOf(";");
  const parameters = semicolon < 0 ? new Map<string, string>() : parseParameters(rest.slice(semicolon + 1), "URI");
  const { host, port } = parseHostPort(semicolon < 0 ? rest : rest.slice(0, semicolon), text);
  return {
    scheme,
    ...(user !== undefined && { user }),
    host,
    ...(port !== undefined && { port }),
    parameters,
    ...(headers !== undefined && { headers }),
  };
}

/** An "@" may also stand behind the host, in a header or parameter value; the one that counts comes before them. */
function endOfUserInfo(rest: string): number {
  const at = rest.indexOf("@");
  return at < 0 ? 0 : at;
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
export function parseHostPort(text: string, whole = text): { host: string; port?: number } {
  const colon = text.startsWith("[") ? text.indexOf(":", text.indexOf("]")) : text.indexOf(":");
  const host = colon < 0 ? text : text.slice(0, colon);
  if (!isHost(host)) throw bad(whole, "host");
  if (colon < 0) return { host: host.toLowerCase() };
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port > 65535) throw bad(whole, "port");
  return { host: host.toLowerCase(), port };
}

export function formatUri(uri: SipUri | OtherUri): string {
  if (!isSipUri(uri)) return uri.text;
  let text = `${uri.scheme}:${uri.user === undefined ? "" : `${uri.user}@`}${uri.host}`;
  if (uri.port !== undefined) text += `:${uri.port}`;
  for (const [name, value] of uri.parameters) text += value === "" ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** A SIP or SIPS URI or an error: for what a person or a setting says. */
export function parseSipUri(text: string): SipUri {
  const uri = parseUri(text.trim());
  if (!isSipUri(uri)) throw bad(text, "not sip: or sips:");
  return uri;
}

/** The address of record in a URI: scheme, user and host, without port and parameters. */
export const addressOfRecord = (uri: SipUri): string =>
  `${uri.scheme}:${uri.user === undefined ? "" : `${uri.user}@`}${uri.host}`;
