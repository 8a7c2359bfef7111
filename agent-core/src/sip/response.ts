/** Responses (RFC 3261 §8.2.6): what they echo of their request, and the phrases that go with a status. */
import { type Header, type SipRequest, type SipResponse, toOf } from "../wire/sip/index.ts";

const PHRASES: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  413: "Request Entity Too Large",
  415: "Unsupported Media Type",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  421: "Extension Required",
  422: "Session Interval Too Small",
  423: "Interval Too Brief",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  489: "Bad Event",
  491: "Request Pending",
  494: "Security Agreement Required",
  500: "Server Internal Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Server Time-out",
  505: "Version Not Supported",
  513: "Message Too Large",
  600: "Busy Everywhere",
  603: "Decline",
  606: "Not Acceptable",
};

export const reasonPhrase = (status: number): string => PHRASES[status] ?? "";

const ECHOED = new Set(["via", "from", "to", "call-id", "cseq"]);
const NOTHING = new Uint8Array(0);

/** `toTag` goes into To where the request has none there, except in a 100. */
export function makeResponse(
  request: SipRequest,
  status: number,
  toTag: string,
  more: { readonly reasonPhrase?: string; readonly headers?: readonly Header[]; readonly body?: Uint8Array } = {},
): SipResponse {
  const tag = status === 100 || toOf(request).parameters.has("tag") ? "" : `;tag=${toTag}`;
  const echoed = request.headers
    .filter(({ name }) => ECHOED.has(name))
    .map((header) => (header.name === "to" ? { ...header, value: `${header.value}${tag}` } : header));
  return {
    kind: "response",
    status,
    reasonPhrase: more.reasonPhrase ?? reasonPhrase(status),
    headers: [...echoed, ...(more.headers ?? [])],
    body: more.body ?? NOTHING,
  };
}

/** A response that no peer sent. */
export const local = (status: number): SipResponse => ({
  kind: "response",
  status,
  reasonPhrase: reasonPhrase(status),
  headers: [],
  body: new Uint8Array(0),
});

/** Nobody answered (408), there was no connection (503), or who answered could not prove itself (401). */
export const isLocal = (response: SipResponse): boolean => response.headers.length === 0;
