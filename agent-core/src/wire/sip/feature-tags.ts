/**
 * Feature parameters of Accept-Contact and Contact (RFC 3840 §9, RFC 3841 §9.2): service and application references
 * of a push. Tolerates a value without the leading "*" (the sample of seed 001 leaves it out).
 */

import { readable } from "../../kernel/index.ts";
import { type Header, headerValues } from "./message.ts";
import { parseParameters } from "./parameters.ts";

export interface AcceptContact {
  /** Tag, lower case, with its value; "" for a boolean tag. */
  readonly features: ReadonlyMap<string, string>;
  readonly require: boolean;
  readonly explicit: boolean;
}

/** One predicate of Accept-Contact or Reject-Contact. */
export function parseAcceptContact(value: string): AcceptContact {
  const text = value.trim();
  const star = text.startsWith("*");
  const rest = star ? text.slice(1).trim().replace(/^;/, "") : text;
  const parameters = new Map(parseParameters(rest, "Accept-Contact"));
  const require = parameters.delete("require");
  const explicit = parameters.delete("explicit");
  return { features: parameters, require, explicit };
}

/** All predicates; what cannot be read says nothing (RFC 3261 §8.2). */
export const contactPredicates = (
  message: { readonly headers: readonly Header[] },
  field: "accept-contact" | "reject-contact",
): readonly AcceptContact[] =>
  (readable(() => headerValues(message, field)) ?? []).flatMap(
    (value) => readable(() => parseAcceptContact(value)) ?? [],
  );

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
  for (const { features } of contactPredicates(message, "accept-contact")) {
    for (const [tag, tagValue] of features) {
      if (SERVICE.test(tag)) service ??= tag;
      else if (tag === "+g.3gpp.icsi-ref") service ??= urn(tagValue);
      else if (APPLICATION.test(tag)) application ??= tag;
      else if (tag === "+g.3gpp.iari-ref") application ??= urn(tagValue);
      else if (tag === "+g.oma.pusheventapp") application ??= tagValue;
    }
  }
  return { ...(service !== undefined && { service }), ...(application !== undefined && { application }) };
}
