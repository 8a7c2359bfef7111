/**
 * Finds the servers of a SIP URI by DNS (RFC 3263 §4): NAPTR, SRV, addresses, in the order to try them. A name that does
 * not exist, or a server that does not answer, is INLET_SIP_NOT_FOUND; one missing kind of record leads to the next.
 */
import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { type Clock, InletError } from "../../kernel/index.ts";
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
const TIMEOUT = 2_000;
const TRIES = 2;
/** More targets than this are not tried. */
const MOST = 16;

export async function locateServer(uri: SipUri, options: LocateOptions = {}): Promise<readonly ServerTarget[]> {
  const plan = planFor(uri);
  if (plan === "unknown") throw new InletError("INLET_SIP_TRANSPORT_UNSUPPORTED", uri.parameters.get("transport"));
  const domain = uri.host.replace(/^\[|\]$/g, "");
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (options.dnsServers !== undefined) resolver.setServers(options.dnsServers);
  const dns = new Lookup(resolver, options.dnsServers !== undefined, options.random ?? Math.random);
  const found = await dns.targets(domain, plan);
  if (found.length === 0) throw new InletError("INLET_SIP_NOT_FOUND", domain);
  return found.slice(0, MOST).map((target) => ({ ...target, serverName: domain }));
}

type Found = Omit<ServerTarget, "serverName">;

class Lookup {
  readonly #resolver: Resolver;
  readonly #ownServers: boolean;
  readonly #random: () => number;

  constructor(resolver: Resolver, ownServers: boolean, random: () => number) {
    this.#resolver = resolver;
    this.#ownServers = ownServers;
    this.#random = random;
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
    const records = await absent(this.#resolver.resolveNaptr(domain));
    const services = orderNaptr(records, protocols);
    const named =
      services.length > 0 ? services : protocols.map((protocol) => ({ protocol, name: srvName(protocol, domain) }));
    const found: Found[] = [];
    for (const { protocol, name } of named) found.push(...(await this.#servers(name, protocol)));
    if (found.length > 0) return found;
    // RFC 3263 §4.1 ends in UDP here; a desktop agent prefers what crosses translations and carries large messages.
    const [first = "TCP"] = protocols;
    const protocol = protocols.length === 1 ? first : "TCP";
    return this.#addresses(domain, protocol, defaultPort(protocol));
  }

  async #servers(name: string, protocol: SipProtocol): Promise<Found[]> {
    const records = orderSrv(await absent(this.#resolver.resolveSrv(name)), this.#random);
    const found = await Promise.all(
      records.slice(0, MOST).map((record) => this.#addresses(record.name, protocol, record.port)),
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
    return [...four, ...six].map((address) => ({ protocol, host: address, port, server: `${host}:${port}` }));
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
