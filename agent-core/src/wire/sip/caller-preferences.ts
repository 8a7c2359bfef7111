/**
 * Caller preferences at the called one (RFC 3841 §7.2.4): whether a request means this agent, told from Accept-Contact and
 * Reject-Contact against what its Contact declares. A tag that the Contact does not declare says nothing, unless the caller
 * wants it said (`explicit`). Values of URN lists compare decoded and without case, a service matching what is below it.
 */
import { contactPredicates } from "./feature-tags.ts";
import type { Header } from "./message.ts";
import { type Parameters, parseParameters } from "./parameters.ts";

/** The feature parameters of our Contact, e.g. `;+g.oma.lcsi.sip-push;methods="INVITE,BYE"`. */
export const parseFeatures = (contactFeatures: string): Parameters =>
  parseParameters(contactFeatures.trim().replace(/^;/, ""), "Contact");

/** False: a required predicate is not met, or a rejected one is. */
export function isMeant(message: { readonly headers: readonly Header[] }, features: Parameters): boolean {
  for (const { features: wanted, require, explicit } of contactPredicates(message, "accept-contact")) {
    if (require && score(wanted, features, explicit) < 1) return false;
  }
  for (const { features: unwanted } of contactPredicates(message, "reject-contact")) {
    const declared = [...unwanted].filter(([tag]) => features.has(tag));
    // A predicate counts only where the Contact declares every term of it.
    if (
      declared.length === unwanted.size &&
      unwanted.size > 0 &&
      declared.every(([tag, term]) => matches(tag, term, features))
    ) {
      return false;
    }
  }
  return true;
}

/** Matched terms by terms that count; 1 where none counts. */
function score(wanted: ReadonlyMap<string, string>, features: Parameters, explicit: boolean): number {
  const counted = [...wanted].filter(([tag]) => explicit || features.has(tag));
  if (counted.length === 0) return 1;
  return counted.filter(([tag, term]) => matches(tag, term, features)).length / counted.length;
}

function matches(tag: string, term: string, features: Parameters): boolean {
  const declared = features.get(tag);
  if (declared === undefined) return false;
  // A boolean tag is declared by standing there.
  if (declared === "" || term === "") return !/^false$/i.test(declared) && !/^false$/i.test(term);
  const ours = terms(declared);
  return terms(term).some((wanted) =>
    wanted.startsWith("!")
      ? !ours.includes(wanted.slice(1))
      : ours.some((own) => own === wanted || own.startsWith(`${wanted}.`) || wanted.startsWith(`${own}.`)),
  );
}

const terms = (list: string): string[] =>
  list.split(",").map((term) => {
    const plain = term
      .trim()
      .replace(/^<(.*)>$/, "$1")
      .toLowerCase();
    try {
      return decodeURIComponent(plain);
    } catch {
      return plain;
    }
  });
