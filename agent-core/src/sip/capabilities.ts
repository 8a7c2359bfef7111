/** What Inlet's endpoints take, as they say it on the wire (RFC 3261 §20.5, §20.37). */
import { readable } from "../kernel/index.ts";
import { type Header, headerValues, type SipMessage } from "../wire/sip/index.ts";

const OF_SESSIONS = ["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE"] as const;
/** NOTIFY within subscriptions of ours. */
const ALWAYS = ["NOTIFY", "OPTIONS"] as const;

/** Methods that an agent takes whose handlers are for `handled`; what Allow says. */
export function allowing(handled: readonly string[]): Header {
  const methods = new Set([...OF_SESSIONS, ...handled.filter((method) => method !== "NOTIFY"), ...ALWAYS]);
  return { name: "allow", value: [...methods].join(", ") };
}

/** Option tags a request may require. */
export const SUPPORTED_TAGS: ReadonlySet<string> = new Set(["timer", "100rel", "tdialog"]);

/** What an offer may come in. */
export const ACCEPT_OFFERS: Header = {
  name: "accept",
  value: "application/sdp, multipart/related, multipart/mixed, multipart/alternative",
};
/** A MESSAGE may be of any other type too. */
export const ACCEPT: Header = { name: "accept", value: `${ACCEPT_OFFERS.value}, text/plain` };
export const SUPPORTED: Header = { name: "supported", value: [...SUPPORTED_TAGS].join(", ") };

/** What a peer says that it takes; undefined where it does not say, or not readably. */
export function allowedBy(message: SipMessage): readonly string[] | undefined {
  const methods = readable(() => headerValues(message, "allow"));
  return methods?.length === 0 ? undefined : methods;
}
