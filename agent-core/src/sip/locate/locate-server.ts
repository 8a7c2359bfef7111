/**
 * Finds the servers of a SIP URI by DNS (RFC 3263 §4): NAPTR, SRV, addresses, in the order to try them. A name that does
 * not exist, or a server that does not answer, is INLET_SIP_NOT_FOUND; one missing kind of record leads to the next.
 */
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, InletError, LIMITS, millis, systemClock } from "../../kernel/index.ts";
import type { SipUri } from "../../wire/sip/index.ts";
import type { SipProtocol } from "../transport/index.ts";
import { defaultPort, orderNaptr, orderSrv, planFor, srvName } from "./targets.ts";

/** One thing to connect to. */
export interface ServerTarget {
  readonly protocol: SipProtocol;
  /** An address, or a name that the system resolves (without DNS of our own). */
  readonly host: string;
  readonly port: number;
  /** Which server's address this is: those of one server come one after the other. */
  readonly server: string;
  /** What the certificate must bear: the domain that was asked for, not where DNS led (RFC 5922 §7.1). */
  readonly serverName: string;
}

export interface LocateOptions {
  /** `address:port` of DNS servers, instead of the system's. */
  readonly dnsServers?: readonly string[];
  readonly random?: () => number;
  readonly clock?: Clock;
}

/** Time for one question, and how often it is asked. */
const QUESTIONS = { timeout: 2_000, tries: 2 };
/** For NAPTR alone: many a router has never heard of it, and says nothing. */
const NAPTR_PATIENCE = millis(3_000);

export async function locateServer(uri: SipUri, options: LocateOptions = {}): Promise<readonly ServerTarget[]> {
  const plan = planFor(uri);
  if (plan === "unknown") throw new InletError("INLET_SIP_TRANSPORT_UNSUPPORTED", uri.parameters.get("transport"));
  const domain = uri.host.replace(/^\[|\]$/g, "");
  const { clock = systemClock, dnsServers, random = Math.random } = options;
  const dns = new Lookup(dnsServers, random, clock);
  const deadline = clock.after(millis(LIMITS.sipLocate), () => dns.cancel());
  try {
    const found = await dns.targets(domain, plan);
    if (found.length === 0) throw new InletError("INLET_SIP_NOT_FOUND", domain);
    return found.slice(0, LIMITS.sipServers).map((target) => ({ ...target, serverName: domain }));
  } finally {
    deadline[Symbol.dispose]();
  }
}

type Found = Omit<ServerTarget, "serverName">;

class Lookup {
  readonly #resolver: Resolver;
  /** Apart, so that it can be given up alone. */
  readonly #naptr: Resolver;
  readonly #ownServers: boolean;
  readonly #random: () => number;
  readonly #clock: Clock;

  constructor(dnsServers: readonly string[] | undefined, random: () => number, clock: Clock) {
    [this.#resolver, this.#naptr] = [new Resolver(QUESTIONS), new Resolver(QUESTIONS)];
    if (dnsServers !== undefined) for (const r of [this.#resolver, this.#naptr]) r.setServers(dnsServers);
    this.#ownServers = dnsServers !== undefined;
    this.#random = random;
    this.#clock = clock;
  }

  /** What is still asked has no answer. */
  cancel(): void {
    this.#resolver.cancel();
    this.#naptr.cancel();
  }

  async targets(domain: string, plan: Exclude<ReturnType<typeof planFor>, "unknown">): Promise<Found[]> {
    switch (plan.kind) {
      case "host":
        return this.#addresses(domain, plan.protocol, plan.port);
      case "srv": {
        const servers = await this.#servers(srvName(plan.protocol, domain), plan.protocol);
        return servers.length > 0 ? servers : this.#addresses(domain, plan.protocol, defaultPort(plan.protocol));
      }
      case "naptr":
        return this.#byNaptr(domain, plan.protocols);
    }
  }

  async #byNaptr(domain: string, protocols: readonly SipProtocol[]): Promise<Found[]> {
    const patience = this.#clock.after(NAPTR_PATIENCE, () => this.#naptr.cancel());
    const records = await absent(this.#naptr.resolveNaptr(domain));
    patience[Symbol.dispose]();
    const services = orderNaptr(records, protocols);
    const named =
      services.length > 0 ? services : protocols.map((protocol) => ({ protocol, name: srvName(protocol, domain) }));
    const found = (await Promise.all(named.map(({ protocol, name }) => this.#servers(name, protocol)))).flat();
    if (found.length > 0) return found;
    // RFC 3263 §4.1 ends in UDP here; a desktop agent prefers what crosses translations and carries large messages.
    const [first = "TCP"] = protocols;
    const protocol = protocols.length === 1 ? first : "TCP";
    return this.#addresses(domain, protocol, defaultPort(protocol));
  }

  async #servers(name: string, protocol: SipProtocol): Promise<Found[]> {
    const records = orderSrv(await absent(this.#resolver.resolveSrv(name)), this.#random);
    const found = await Promise.all(
      records.slice(0, LIMITS.sipServers).map((record) => this.#addresses(record.name, protocol, record.port)),
    );
    return found.flat();
  }

  async #addresses(host: string, protocol: SipProtocol, port: number): Promise<Found[]> {
    // Without DNS servers of our own the system resolves the name (hosts file, mDNS) and races its addresses.
    if (isIP(host) !== 0 || !this.#ownServers) return [{ protocol, host, port, server: `${host}:${port}` }];
    const [four, six] = await Promise.all([
      absent(this.#resolver.resolve4(host)),
      absent(this.#resolver.resolve6(host)),
    ]);
    // RFC 8305 §4: the families take turns, so that one which leads nowhere costs one head start.
    const addresses = Array.from({ length: Math.max(four.length, six.length) }, (_, i) => [six[i], four[i]]).flat();
    const known = addresses.filter((address) => address !== undefined).slice(0, LIMITS.sipAddresses);
    return known.map((address) => ({ protocol, host: address, port, server: `${host}:${port}` }));
  }
}

/** No such record is an answer; a server that fails is one too, since another kind of record may be had. */
async function absent<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked;
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === "string") return [];
    throw error;
  }
}
