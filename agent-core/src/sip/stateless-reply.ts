/** A response without a transaction (RFC 3261 §8.2.7), made from the request alone, whatever its other headers hold. */
import { randomToken } from "../kernel/index.ts";
import { formatMessage, type Header, type SipRequest, toOf } from "../wire/sip/index.ts";

const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  405: "Method Not Allowed",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  481: "Call/Transaction Does Not Exist",
  500: "Server Internal Error",
};

const ECHOED = new Set(["via", "from", "to", "call-id", "cseq"]);

export function statelessReply(request: SipRequest, status: number, headers: readonly Header[]): Uint8Array {
  const tagged = toOf(request).parameters.has("tag");
  const echoed = request.headers
    .filter(({ name }) => ECHOED.has(name))
    .map((h) => (h.name === "to" && !tagged ? { ...h, value: `${h.value};tag=${randomToken(64)}` } : h));
  return formatMessage({
    kind: "response",
    status,
    reasonPhrase: PHRASES[status] ?? "",
    headers: [...echoed, ...headers],
    body: new Uint8Array(0),
  });
}
