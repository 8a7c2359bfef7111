/**
 * What is wrong with any request before a dialog or a handler sees it (RFC 3261 §8.2.1-8.2.3): unknown method 501, foreign
 * scheme 416, headers in the Request-URI 400 (§19.1.1), unknown Require 420, meant for another service 480, an INVITE that
 * takes no SDP back 406, a body that is coded or no offer 415. Pure.
 */
import { acceptsType, bareMediaType } from "../wire/multipart/index.ts";
import {
  type Header,
  headerValue,
  headerValues,
  isMeant,
  isSipUri,
  optionTags,
  type Parameters,
  parseUri,
  type SipRequest,
  toOf,
} from "../wire/sip/index.ts";
import { ACCEPT_OFFERS, SUPPORTED_TAGS } from "./capabilities.ts";
import type { Reply } from "./reply.ts";

export type Refusal = { readonly status: number } & Reply;

/** Methods that have a meaning here, taken or not: those not taken are answered 405, any other 501. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  "ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE".split(" "),
);

export function refusalOf(request: SipRequest, features: Parameters, allow: Header): Refusal | undefined {
  if (!KNOWN_METHODS.has(request.method)) return { status: 501, headers: [allow] };
  const uri = parseUri(request.requestUri);
  if (!isSipUri(uri)) return { status: 416 };
  if (uri.headers !== undefined) return { status: 400, reasonPhrase: "Headers in Request-URI" };
  const unsupported = optionTags(request, "require").filter((tag) => !SUPPORTED_TAGS.has(tag));
  if (unsupported.length > 0) return { status: 420, headers: [{ name: "unsupported", value: unsupported.join(", ") }] };
  // RFC 3841 §7.2.4: whoever serves a request may see that it means another.
  const initial = !toOf(request).parameters.has("tag");
  if (initial && !isMeant(request, features)) return { status: 480, reasonPhrase: "No such service here" };
  if (request.method === "INVITE" && !takesSdp(request)) return { status: 406 };
  return bodyRefusal(request);
}

/** A body whose handling is optional is left unread (§20.11); a coded one cannot be read. A BYE ends its session with any. */
function bodyRefusal(request: SipRequest): Refusal | undefined {
  const optional = /;\s*handling\s*=\s*optional/i.test(headerValue(request, "content-disposition") ?? "");
  if (request.body.length === 0 || optional || request.method === "BYE") return undefined;
  const codings = headerValues(request, "content-encoding").map((coding) => coding.toLowerCase());
  if (codings.some((coding) => coding !== "identity"))
    return { status: 415, headers: [{ name: "accept-encoding", value: "identity" }] };
  const type = bareMediaType(headerValue(request, "content-type") ?? "");
  const offer = request.method === "INVITE" || request.method === "UPDATE";
  // A multipart of an unknown kind is read as a mixed one (RFC 2046 §5.1.3).
  if (offer && type !== "" && type !== "application/sdp" && !type.startsWith("multipart/"))
    return { status: 415, headers: [ACCEPT_OFFERS] };
  return undefined;
}

/** Without Accept it does (RFC 3261 §20.1); with an empty one nothing is taken. */
function takesSdp(request: SipRequest): boolean {
  if (!request.headers.some(({ name }) => name === "accept")) return true;
  return acceptsType(headerValues(request, "accept"), "application/sdp");
}
