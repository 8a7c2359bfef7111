/**
 * What a NOTIFY is before its package counts (RFC 6665 §4.1.3): which subscription it is for, what it says of it, and
 * whether its body is of a type that was asked for. Pure.
 */
import { ERRORS, InletError } from "../kernel/index.ts";
import { bareMediaType } from "../wire/multipart/index.ts";
import {
  type EventName,
  headerValue,
  parseEvent,
  parseSubscriptionState,
  type SipRequest,
  type SubscriptionStatus,
  sameEvent,
} from "../wire/sip/index.ts";
import type { Refusal } from "./refusal.ts";

type Checked = { readonly refused: Refusal } | { readonly refused?: undefined; readonly status: SubscriptionStatus };

/** Of a request in the dialog of the subscription to `own`. INLET_SIP_SYNTAX where its headers are malformed (400). */
export function checkNotify(request: SipRequest, own: EventName): Checked {
  if (request.method !== "NOTIFY") return { refused: { status: 405, headers: [{ name: "allow", value: "NOTIFY" }] } };
  const allowed = [{ name: "allow-events", value: own.package }];
  const text = headerValue(request, "event");
  if (text === undefined) return { refused: { status: 489, headers: allowed } };
  const event = parseEvent(text);
  if (event.package !== own.package) return { refused: { status: 489, headers: allowed } };
  if (!sameEvent(event, own)) return { refused: { status: 481, reasonPhrase: "Subscription Does Not Exist" } };
  const state = headerValue(request, "subscription-state");
  if (state === undefined) throw new InletError("INLET_SIP_SYNTAX", "Subscription-State missing");
  return { status: parseSubscriptionState(state) };
}

/** INLET_BODY_TYPE_UNSUPPORTED for a body of another type than `accept` lists, or a compressed one. */
export function checkBody(request: SipRequest, accept: string): void {
  if (request.body.length === 0) return;
  const type = bareMediaType(headerValue(request, "content-type") ?? "");
  const encoding = (headerValue(request, "content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding !== "identity") throw new InletError("INLET_BODY_TYPE_UNSUPPORTED", encoding);
  const ranges = accept.split(",").map(bareMediaType);
  if (!ranges.includes(type) && !ranges.includes("*/*")) throw new InletError("INLET_BODY_TYPE_UNSUPPORTED", type);
}

/** The answer to a NOTIFY that was not taken. */
export function notTaken(error: unknown, accept: string): Refusal {
  const status = error instanceof InletError ? (ERRORS[error.code].sip ?? 500) : 500;
  if (status !== 415) return { status };
  const takes = [
    { name: "accept", value: accept },
    { name: "accept-encoding", value: "identity" },
  ];
  return { status, headers: takes };
}
