/**
 * What is wrong with any request before a dialog or a handler sees it (RFC 3261 §8.2.1-8.2.3): unknown method 501, foreign
 * scheme 416, headers in the Request-URI 400 (§19.1.1), unknown Require 420, meant for another service 480, an INVITE that
 * takes no SDP back 406. Pure.
 */
import {
  headerValues,
  isMeant,
  isSipUri,
  optionTags,
  type Parameters,
  parseUri,
  type SipRequest,
  toOf,
} from "../wire/sip/index.ts";
import { ALLOW, SUPPORTED_TAGS } from "./capabilities.ts";
import type { Reply } from "./reply.ts";

export type Refusal = { readonly status: number } & Reply;

/** Methods that have a meaning here, taken or not: those not taken are answered 405, any other 501. */
const KNOWN_METHODS = new Set([
  ...[
    "ACK",
    "BYE",
    "CANCEL",
    "INFO",
    "INVITE",
    "MESSAGE",
    "NOTIFY",
    "OPTIONS",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
  ],
  ...["SUBSCRIBE", "UPDATE"],
]);

/** Ranges of Accept that take in `application/sdp`. */
const TAKES_SDP = new Set(["application/sdp", "application/*", "*/*"]);

export function refusalOf(request: SipRequest, features: Parameters): Refusal | undefined {
  if (!KNOWN_METHODS.has(request.method)) return { status: 501, headers: [ALLOW] };
  const uri = parseUri(request.requestUri);
  if (!isSipUri(uri)) return { status: 416 };
  if (uri.headers !== undefined) return { status: 400, reasonPhrase: "Headers in Request-URI" };
  const unsupported = optionTags(request, "require").filter((tag) => !SUPPORTED_TAGS.has(tag));
  if (unsupported.length > 0) return { status: 420, headers: [{ name: "unsupported", value: unsupported.join(", ") }] };
  // RFC 3841 §7.2.4: whoever serves a request may see that it means another.
  const initial = !toOf(request).parameters.has("tag");
  if (initial && !isMeant(request, features)) return { status: 480, reasonPhrase: "No such service here" };
  if (request.method === "INVITE" && !takesSdp(request)) return { status: 406 };
  return undefined;
}

/** Without Accept it does (RFC 3261 §20.1); with an empty one nothing is taken. */
function takesSdp(request: SipRequest): boolean {
  if (!request.headers.some(({ name }) => name === "accept")) return true;
  return headerValues(request, "accept").some((range) =>
    TAKES_SDP.has((range.split(";")[0] ?? "").trim().toLowerCase()),
  );
}
