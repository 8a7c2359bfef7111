/**
 * What is known after a document has come (RFC 3680 §5.1): a full one replaces, a partial one changes what it names if it is
 * the very next version. An older or equal version changes nothing; a gap, or a partial one at first, asks for all of it.
 */
import { LIMITS } from "../../kernel/index.ts";
import { xmlInvalid } from "../xml/index.ts";
import type { RegContact, RegInfo, RegRegistration } from "./reginfo.ts";

export interface RegState {
  readonly version: number;
  /** By id. */
  readonly registrations: ReadonlyMap<string, RegRegistration>;
}

/**
 * Fails with INLET_XML_INVALID beyond LIMITS.registrations.
 * @param current `undefined` at the beginning of a subscription: versions count within one. */
export function applyRegInfo(current: RegState | undefined, received: RegInfo): RegState | "gap" | "stale" {
  if (current !== undefined && received.version <= current.version) return "stale";
  const partial = received.state === "partial";
  if (partial && (current === undefined || received.version !== current.version + 1)) return "gap";
  const registrations = new Map(partial ? current?.registrations : []);
  for (const registration of received.registrations) {
    const before = registrations.get(registration.id)?.contacts ?? [];
    registrations.set(registration.id, { ...registration, contacts: merged(before, registration.contacts) });
  }
  const size = [...registrations.values()].reduce((sum, { contacts }) => sum + 1 + contacts.length, 0);
  if (size > LIMITS.registrations) throw xmlInvalid("too many registrations");
  return { version: received.version, registrations };
}

/** Contacts that had ended before are left out; those that end now are still told. */
function merged(before: readonly RegContact[], now: readonly RegContact[]): readonly RegContact[] {
  const named = new Set(now.map(({ id }) => id));
  return [...before.filter(({ id, state }) => state === "active" && !named.has(id)), ...now];
}
