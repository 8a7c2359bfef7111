/** What Inlet's endpoints take, as they say it on the wire (RFC 3261 §20.5, §20.37). */
import { InletError } from "../kernel/index.ts";
import { type Header, headerValues, type SipMessage } from "../wire/sip/index.ts";

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
export const SUPPORTED: Header = { name: "supported", value: [...SUPPORTED_TAGS].join(", ") };

/** What a peer says that it takes; undefined where it does not say, or not readably. */
export function allowedBy(message: SipMessage): readonly string[] | undefined {
  try {
    const methods = headerValues(message, "allow");
    return methods.length === 0 ? undefined : methods;
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return undefined;
  }
}
