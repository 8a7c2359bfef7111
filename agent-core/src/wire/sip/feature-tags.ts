/**
 * Feature parameters of Accept-Contact and Contact (RFC 3840 §9, RFC 3841 §9.2): service and application references
 * of a push. Tolerates a value without the leading "*" (the sample of seed 001 leaves it out).
 */

import { type Header, headerValues } from "./message.ts";
import { parseParameters } from "./parameters.ts";

export interface AcceptContact {
  /** Tag, lower case, with its value; "" for a boolean tag. */
  readonly features: ReadonlyMap<string, string>;
  readonly require: boolean;
  readonly explicit: boolean;
}

export function parseAcceptContact(value: string): AcceptContact {
  const text = value.trim();
  const star = text.startsWith("*");
  const rest = star ? text.slice(1).trim().replace(/^;/, "") : text;
  const parameters = new Map(parseParameters(rest, "Accept-Contact"));
  const require = parameters.delete("require");
  const explicit = parameters.delete("explicit");
  return { features: parameters, require, explicit };
}

/** URNs inside a tag are percent-encoded; a list is cut at its first member. */
const urn = (value: string): string => {
  const first = value.split(",")[0] ?? value;
  try {
    return decodeURIComponent(first);
  } catch {
    return first;
  }
};

/** The communication service of push over SIP (seed 001 §6.5). */
export const PUSH_SERVICE = "+g.oma.lcsi.sip-push";

const SERVICE = /^\+g\.oma\.lcsi\./;
const APPLICATION = /^\+g\.oma\.iari\./;

/** Service and application reference of a request (sip-session digest §4). */
export function pushReferences(message: { readonly headers: readonly Header[] }): {
  service?: string;
  application?: string;
} {
  let service: string | undefined;
  let application: string | undefined;
  for (const value of headerValues(message, "accept-contact")) {
    for (const [tag, tagValue] of parseAcceptContact(value).features) {
      if (SERVICE.test(tag)) service ??= tag;
      else if (tag === "+g.3gpp.icsi-ref") service ??= urn(tagValue);
      else if (APPLICATION.test(tag)) application ??= tag;
      else if (tag === "+g.3gpp.iari-ref") application ??= urn(tagValue);
      else if (tag === "+g.oma.pusheventapp") application ??= tagValue;
    }
  }
  return { ...(service !== undefined && { service }), ...(application !== undefined && { application }) };
}
