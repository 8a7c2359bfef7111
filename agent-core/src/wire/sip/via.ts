/** Via (RFC 3261 §20.42). Refuses another protocol than SIP/2.0 and a missing sent-by. */
import { formatParameters, type Parameters, parseParameters } from "./parameters.ts";
import { isToken, syntax } from "./scan.ts";
import { parseHostPort } from "./uri.ts";

export interface Via {
  /** Upper case: TCP, TLS, UDP, WS, WSS … */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
}

export function parseVia(text: string): Via {
  const value = text.trim();
  const semicolon = value.indexOf(";");
  const head = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  // Blanks may stand around the slashes of sent-protocol; collapse them before cutting.
  const match = /^SIP *\/ *2\.0 *\/ *([A-Za-z0-9\-.]{1,32}) +(\S+)$/i.exec(head.replace(/[ \t]+/g, " "));
  if (match?.[1] === undefined || match[2] === undefined || !isToken(match[1])) throw syntax("Via");
  return {
    transport: match[1].toUpperCase(),
    ...parseHostPort(match[2]),
    parameters: parseParameters(semicolon < 0 ? "" : value.slice(semicolon + 1), "Via"),
  };
}

export const formatVia = (via: Via): string =>
  `SIP/2.0/${via.transport} ${via.host}${via.port === undefined ? "" : `:${via.port}`}${formatParameters(via.parameters)}`;
