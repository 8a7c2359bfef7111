/** What Inlet's endpoints take, as they say it on the wire (RFC 3261 §20.5, §20.37). */
import type { Header } from "../wire/sip/index.ts";

/** Methods; what Allow says. */
export const ALLOWED_METHODS = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "PRACK",
  "UPDATE",
  "MESSAGE",
  "NOTIFY",
  "OPTIONS",
] as const;

/** Option tags a request may require. */
export const SUPPORTED_TAGS: ReadonlySet<string> = new Set(["timer", "100rel"]);

export const ALLOW: Header = { name: "allow", value: ALLOWED_METHODS.join(", ") };
export const ACCEPT: Header = {
  name: "accept",
  value: "application/sdp, multipart/related, multipart/mixed, text/plain",
};
/** As the called one. */
export const SUPPORTED: Header = { name: "supported", value: "timer, 100rel" };
/** As the caller: provisional answers are not asked to be reliable. */
export const SUPPORTED_TIMER: Header = { name: "supported", value: "timer" };
