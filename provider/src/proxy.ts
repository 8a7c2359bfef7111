/**
 * What a stateless proxy does to messages (RFC 3261 §16.6, §16.7, §16.11). Pure.
 *
 * Our Via names the connection the request came from, and its branch is computed from the received one, so that an
 * ACK and a CANCEL get the branch of their INVITE; a response is let through only if both still fit. Record-Route names
 * the connections of both ends, so that a request within the dialog finds the other one.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { LIMITS } from "@inlet/agent-core/kernel";
import {
  formatVia,
  type Header,
  headerValue,
  headerValues,
  isSipUri,
  parseNameAddr,
  parseVia,
  type SipRequest,
  type SipResponse,
  spelledName,
  type Via,
} from "@inlet/agent-core/wire/sip";

/** Who this proxy is on the wire. */
export interface ProxyIdentity {
  /** Sent-by; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** Credentials for this realm are meant for us and go no further. */
  readonly realm: string;
  /** For branches; not to be guessed. */
  readonly key: Uint8Array;
}

export interface Hop {
  /** Tokens of the connection the request came from and of the one it goes to. */
  readonly from: string;
  readonly to: string;
  readonly requestUri: string;
  /** Where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4). */
  readonly source: { readonly address: string; readonly port: number };
  /** P-Asserted-Identity (RFC 3325): what this proxy knows of the sender. Those that come from outside are dropped. */
  readonly asserted?: string;
  /** A new dialog may begin: requests within it shall come through here. */
  readonly recordRoute: boolean;
}

const FLOW = "inlet-flow";
const ENDS = "inlet-ends";

export function forwardRequest(request: SipRequest, hop: Hop, identity: ProxyIdentity): SipRequest {
  const vias = headerValues(request, "via");
  const received = parseVia(vias[0] ?? "");
  const own: Via = {
    transport: "TCP",
    host: identity.host,
    port: identity.port,
    parameters: new Map([
      ["branch", branchOf(received, hop.from, identity)],
      [FLOW, hop.from],
    ]),
  };
  const hops = Number(headerValue(request, "max-forwards") ?? 71) - 1;
  const routes = ownRoute(request, identity) === undefined ? 0 : 1;
  const headers: Header[] = [
    { name: "via", value: formatVia(own) },
    { name: "via", value: formatVia(stamped(received, hop.source)) },
    ...vias.slice(1).map((value) => ({ name: "via", value })),
    { name: "max-forwards", value: `${hops}` },
  ];
  if (hop.recordRoute) headers.push({ name: "record-route", value: recordRoute(hop, identity) });
  if (hop.asserted !== undefined) headers.push({ name: "p-asserted-identity", value: hop.asserted });
  for (const value of headerValues(request, "route").slice(routes)) headers.push({ name: "route", value });
  const replaced = new Set(["via", "max-forwards", "route", "p-asserted-identity", "content-length"]);
  for (const header of request.headers) {
    if (!replaced.has(header.name) && !isOwnCredentials(header, identity)) headers.push(header);
  }
  return { ...request, requestUri: hop.requestUri, headers };
}

/** Takes our Via off; undefined for a response that answers nothing we have forwarded. */
export function forwardResponse(
  response: SipResponse,
  identity: ProxyIdentity,
): { readonly flow: string; readonly response: SipResponse } | undefined {
  const [top, next, ...rest] = headerValues(response, "via");
  if (top === undefined || next === undefined) return undefined;
  const own = parseVia(top);
  const flow = own.parameters.get(FLOW);
  if (own.host !== identity.host || own.port !== identity.port || flow === undefined) return undefined;
  if (!sameText(own.parameters.get("branch") ?? "", branchOf(parseVia(next), flow, identity))) return undefined;
  const others = response.headers.filter(({ name }) => name !== "via");
  return {
    flow,
    response: { ...response, headers: [...[next, ...rest].map((value) => ({ name: "via", value })), ...others] },
  };
}

/** The first Route value if it names us: the ends of its dialog, if it says any. */
export function ownRoute(
  request: SipRequest,
  identity: ProxyIdentity,
): { readonly ends: readonly string[] } | undefined {
  const [first] = headerValues(request, "route");
  if (first === undefined) return undefined;
  const { uri } = parseNameAddr(first, "Route");
  if (!isSipUri(uri) || uri.host !== identity.host || uri.port !== identity.port) return undefined;
  return { ends: uri.parameters.get(ENDS)?.split("+") ?? [] };
}

/** Whether the next proxy or agent could still read it: what we add must not push a message over the limits. */
export function fitsLimits(request: SipRequest): boolean {
  const size = request.headers.reduce((sum, { name, value }) => sum + spelledName(name).length + value.length + 4, 0);
  return size + 64 < LIMITS.sipHeaders && request.headers.length + 1 <= LIMITS.sipHeaderCount;
}

const recordRoute = ({ from, to }: Hop, { host, port }: ProxyIdentity): string =>
  `<sip:${host}:${port};transport=tcp;lr;${ENDS}=${from}+${to}>`;

/** Unique by what makes the received request a transaction (RFC 3261 §16.11); the same for its ACK and CANCEL. */
function branchOf(received: Via, from: string, identity: ProxyIdentity): string {
  const { parameters, host, port = "" } = received;
  const text = [from, parameters.get("branch") ?? "", host, `${port}`].join("\n");
  return `z9hG4bK${createHmac("sha256", identity.key).update(text).digest("hex").slice(0, 32)}`;
}

function stamped(via: Via, source: Hop["source"]): Via {
  const parameters = new Map(via.parameters);
  const wantsPort = parameters.get("rport") === "";
  if (wantsPort) parameters.set("rport", `${source.port}`);
  if (wantsPort || via.host !== source.address) parameters.set("received", source.address);
  return { ...via, parameters };
}

const CREDENTIALS = new Set(["authorization", "proxy-authorization"]);

const isOwnCredentials = ({ name, value }: Header, { realm }: ProxyIdentity): boolean =>
  CREDENTIALS.has(name) && value.includes(`realm="${realm}"`);

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
