/** Responses that the provider gives by itself, without state (RFC 3261 §8.2.6, §8.2.7). */
import { type Header, headerValue, type SipRequest, type SipResponse, toOf } from "@inlet/agent-core/wire/sip";

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  423: "Interval Too Brief",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  483: "Too Many Hops",
  513: "Message Too Large",
};

export interface LocalAnswer {
  readonly status: number;
  readonly reasonPhrase?: string;
  readonly headers?: readonly Header[];
}

const ECHOED = new Set(["via", "from", "call-id", "cseq"]);

/** `tag` marks the To of responses that are the provider's own, so that their ACK is known again. */
export function localResponse(request: SipRequest, answer: LocalAnswer, tag: string): SipResponse {
  const to = headerValue(request, "to") ?? "";
  return {
    kind: "response",
    status: answer.status,
    reasonPhrase: answer.reasonPhrase ?? PHRASES[answer.status] ?? "",
    headers: [
      ...request.headers.filter(({ name }) => ECHOED.has(name)),
      { name: "to", value: toOf(request).parameters.has("tag") ? to : `${to};tag=${tag}` },
      ...(answer.headers ?? []),
    ],
    body: new Uint8Array(0),
  };
}
