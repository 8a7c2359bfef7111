/**
 * Where a SIP URI leads (RFC 3263 §4), as far as DNS is not asked: what the URI itself decides, and the order of what DNS
 * answers. Pure; `random` in [0, 1) comes from outside.
 */
import type { SipUri } from "../../wire/sip/index.ts";
import type { SipProtocol } from "../transport/index.ts";

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly service: string;
  readonly replacement: string;
  readonly flags: string;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly name: string;
}

/** What to ask next. */
export type Plan =
  /** The host is what to connect to; only its address may have to be found. */
  | { readonly kind: "host"; readonly protocol: SipProtocol; readonly port: number }
  /** The transport is said, the port is not: SRV for that transport. */
  | { readonly kind: "srv"; readonly protocol: SipProtocol }
  /** Neither is said: NAPTR, then SRV for each transport in turn. */
  | { readonly kind: "naptr"; readonly protocols: readonly SipProtocol[] };

export const defaultPort = (protocol: SipProtocol): number => {
  switch (protocol) {
    case "TLS":
      return 5061;
    case "WS":
      return 80;
    case "WSS":
      return 443;
    case "TCP":
    case "UDP":
      return 5060;
  }
};

const isAddress = (host: string): boolean => host.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);

/** The transport that `transport=` and the scheme say; undefined where they leave it open or name an unknown one. */
export function statedProtocol(uri: SipUri): SipProtocol | "unknown" | undefined {
  const secure = uri.scheme === "sips";
  switch (uri.parameters.get("transport")?.toLowerCase()) {
    case undefined:
      return undefined;
    case "udp":
      return secure ? "unknown" : "UDP";
    case "tcp":
      return secure ? "TLS" : "TCP";
    case "tls":
      return "TLS";
    case "ws":
      return secure ? "WSS" : "WS";
    case "wss":
      return "WSS";
    default:
      return "unknown";
  }
}

/** Transports that Inlet would use, best first. */
const PREFERRED: readonly SipProtocol[] = ["TLS", "TCP", "UDP"];

export function planFor(uri: SipUri): Plan | "unknown" {
  const stated = statedProtocol(uri);
  if (stated === "unknown") return "unknown";
  const secure = uri.scheme === "sips";
  const fixed = stated ?? (secure ? "TLS" : "TCP");
  if (uri.port !== undefined || isAddress(uri.host)) {
    return { kind: "host", protocol: fixed, port: uri.port ?? defaultPort(fixed) };
  }
  // RFC 7118 §9 registers no SRV names for WebSocket.
  if (stated === "WS" || stated === "WSS") return { kind: "host", protocol: stated, port: defaultPort(stated) };
  if (stated !== undefined) return { kind: "srv", protocol: stated };
  return { kind: "naptr", protocols: secure ? ["TLS"] : PREFERRED };
}

export const srvName = (protocol: SipProtocol, domain: string): string => {
  switch (protocol) {
    case "TLS":
      return `_sips._tcp.${domain}`;
    case "UDP":
      return `_sip._udp.${domain}`;
    default:
      return `_sip._tcp.${domain}`;
  }
};

const SERVICES: Readonly<Record<string, SipProtocol>> = { "SIPS+D2T": "TLS", "SIP+D2T": "TCP", "SIP+D2U": "UDP" };

/** Services of NAPTR that Inlet takes, in the domain's order (RFC 3263 §4.1, RFC 2915). */
export function orderNaptr(
  records: readonly NaptrRecord[],
  protocols: readonly SipProtocol[],
): { readonly protocol: SipProtocol; readonly name: string }[] {
  return [...records]
    .filter(({ flags }) => flags.toLowerCase() === "s")
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
    .flatMap(({ service, replacement }) => {
      const protocol = SERVICES[service.toUpperCase()];
      return protocol !== undefined && protocols.includes(protocol) ? [{ protocol, name: replacement }] : [];
    });
}

/** Lowest priority first; among equals a weighted draw, repeated for the rest (RFC 2782). */
export function orderSrv(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const ordered: SrvRecord[] = [];
  const left = [...records]
    .filter(({ name }) => name !== "" && name !== ".")
    .sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  while (left.length > 0) {
    const priority = left[0]?.priority;
    const equals = left.filter((record) => record.priority === priority);
    let draw = random() * (equals.reduce((sum, { weight }) => sum + weight, 0) + Number.EPSILON);
    const chosen =
      equals.find(({ weight }) => {
        draw -= weight;
        return draw < 0;
      }) ?? equals.at(-1);
    if (chosen === undefined) break;
    ordered.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
  return ordered;
}
