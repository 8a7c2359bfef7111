/**
 * The registrar (RFC 3261 §10.3): who is reachable over which connection. A binding lives as long as its connection and
 * its expiry, whichever is shorter (RFC 5626 §5.2). Expiry is looked at when it matters; no timer runs.
 */
import { type Clock, InletError } from "@inlet/agent-core/kernel";
import {
  formatNameAddr,
  formatUri,
  headerValue,
  headerValues,
  isSipUri,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type SipRequest,
  type SipUri,
  toOf,
} from "@inlet/agent-core/wire/sip";
import type { DigestGate } from "./digest-gate.ts";
import type { Flow } from "./flow.ts";
import type { LocalAnswer } from "./local-response.ts";

export const MIN_EXPIRES = 60;
export const MAX_EXPIRES = 3600;
const BINDINGS_PER_USER = 16;

export interface Binding {
  readonly user: string;
  readonly contact: NameAddr & { readonly uri: SipUri };
  readonly flow: Flow;
  /** On the monotonic clock. */
  readonly expiresAt: number;
}

export interface RegistrarOptions {
  readonly domain: string;
  readonly gate: DigestGate;
  readonly clock: Clock;
  /** A contact was added that was not there before. */
  registered(user: string): void;
}

export class Registrar {
  readonly #options: RegistrarOptions;
  /** By user; the latest registration last. */
  readonly #bindings = new Map<string, readonly Binding[]>();

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** The answer to a REGISTER. Fails with the codec's errors where a Contact cannot be read. */
  register(request: SipRequest, flow: Flow): LocalAnswer {
    const { domain, gate } = this.#options;
    const to = toOf(request).uri;
    if (!isSipUri(to) || to.host !== domain || to.user === undefined) return { status: 404 };
    const verdict = gate.check(headerValues(request, "authorization"), request.method, request.requestUri);
    if (verdict.result === "unknownUser") return { status: 403, reasonPhrase: "Unknown User" };
    if (verdict.result !== "accepted") {
      const values = gate.challenges(verdict.result === "stale");
      return { status: 401, headers: values.map((value) => ({ name: "www-authenticate", value })) };
    }
    // A connection belongs to one user (docs/channels.md), and a user registers nobody else.
    if (verdict.user !== to.user || (flow.user !== undefined && flow.user !== to.user)) return { status: 403 };
    flow.user = to.user;
    return this.#update(request, to.user, flow);
  }

  #update(request: SipRequest, user: string, flow: Flow): LocalAnswer {
    const contacts = headerValues(request, "contact");
    const stated = seconds(headerValue(request, "expires"));
    if (contacts.includes("*")) {
      if (contacts.length > 1 || stated !== 0) return { status: 400, reasonPhrase: "Contact * needs Expires 0" };
      this.#bindings.delete(user);
      return this.#listed(user);
    }
    const now = this.#options.clock.elapsed();
    const changes: { contact: Binding["contact"]; expires: number }[] = [];
    for (const value of contacts) {
      const contact = parseNameAddr(value, "Contact");
      if (!isSipUri(contact.uri)) return { status: 400, reasonPhrase: "Contact is not a SIP URI" };
      const asked = seconds(contact.parameters.get("expires")) ?? stated ?? MAX_EXPIRES;
      if (asked !== 0 && asked < MIN_EXPIRES) {
        return { status: 423, headers: [{ name: "min-expires", value: `${MIN_EXPIRES}` }] };
      }
      changes.push({ contact: { ...contact, uri: contact.uri }, expires: Math.min(asked, MAX_EXPIRES) });
    }
    let added = false;
    for (const { contact, expires } of changes) {
      const before = this.#live(user);
      const others = before.filter((binding) => formatUri(binding.contact.uri) !== formatUri(contact.uri));
      const kept = expires === 0 ? [] : [{ user, contact, flow, expiresAt: now + expires * 1000 }];
      this.#set(user, [...others, ...kept].slice(-BINDINGS_PER_USER));
      added ||= expires > 0 && others.length === before.length;
    }
    if (added) this.#options.registered(user);
    return this.#listed(user);
  }

  /** RFC 3261 §10.3 step 8: every current binding with its remaining time. */
  #listed(user: string): LocalAnswer {
    const now = this.#options.clock.elapsed();
    const contacts = this.#live(user).map(({ contact, expiresAt }) => {
      const parameters = new Map([...contact.parameters, ["expires", `${Math.ceil((expiresAt - now) / 1000)}`]]);
      return { name: "contact", value: formatNameAddr({ ...contact, parameters }) };
    });
    return { status: 200, headers: [...contacts, { name: "allow-events", value: "dcd-channels" }] };
  }

  /** Where a request for the user goes: the latest of several devices, as a stateless proxy does not fork. */
  lookup(user: string): Binding | undefined {
    return this.#live(user).at(-1);
  }

  /** The binding whose contact a request within a dialog is for. The port may be that of an earlier connection. */
  byContact(uri: SipUri): Binding | undefined {
    if (uri.user === undefined) return undefined;
    for (const user of this.#bindings.keys()) {
      const found = this.#live(user).find(({ contact }) => contact.uri.user === uri.user);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A connection ended, and with it what was registered over it. */
  drop(flow: Flow): void {
    for (const [user, bindings] of this.#bindings) {
      this.#set(
        user,
        bindings.filter((binding) => binding.flow !== flow),
      );
    }
  }

  #live(user: string): readonly Binding[] {
    const now = this.#options.clock.elapsed();
    return (this.#bindings.get(user) ?? []).filter(({ expiresAt }) => expiresAt > now);
  }

  #set(user: string, bindings: readonly Binding[]): void {
    if (bindings.length === 0) this.#bindings.delete(user);
    else this.#bindings.set(user, bindings);
  }
}

/** delta-seconds; more than a century counts as that. INLET_SIP_SYNTAX for anything else. */
function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]+$/.test(text.trim())) throw new InletError("INLET_SIP_SYNTAX", "expires");
  return Math.min(Number(text), 2 ** 31);
}

/** The user part of an address of the domain; undefined for any other URI. */
export function userOf(text: string, domain: string): string | undefined {
  const uri = parseUri(text);
  return isSipUri(uri) && uri.host === domain ? uri.user : undefined;
}
