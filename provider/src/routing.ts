/**
 * Where a request goes (RFC 3261 §16.5, RFC 5626 §5.3): along its dialog, to the channel server, or to the connection
 * on which its user is registered. Nothing is relayed to other domains.
 */
import { formatUri, headerValue, isSipUri, parseUri, type SipRequest, type SipUri } from "@inlet/agent-core/wire/sip";
import type { Flow } from "./flow.ts";
import type { LocalAnswer } from "./local-response.ts";
import { ownRoute, type ProxyIdentity } from "./proxy.ts";
import type { Registrar } from "./registrar.ts";

export interface RoutingTables {
  readonly identity: ProxyIdentity;
  readonly domain: string;
  readonly users: ReadonlyMap<string, string>;
  readonly registrar: Registrar;
  flow(token: string): Flow | undefined;
  /** The channel server's connection. */
  service(): Flow | undefined;
}

export type Routed =
  | { readonly to: "flow"; readonly flow: Flow; readonly requestUri: string }
  | { readonly to: "answer"; readonly answer: LocalAnswer };

/** Channels are users of the domain whose name begins so. */
export const CHANNEL_PREFIX = "channel.";

/** Both ends of the dialog if the request is in one that came through here, as the tokens of their connections. */
export const dialogEnds = (request: SipRequest, { identity }: RoutingTables): readonly string[] =>
  ownRoute(request, identity)?.ends ?? [];

export function routeRequest(request: SipRequest, from: Flow, tables: RoutingTables): Routed {
  const uri = parseUri(request.requestUri);
  if (!isSipUri(uri)) return { to: "answer", answer: { status: 416 } };
  const ends = dialogEnds(request, tables);
  // An end that came back on a new connection is none of the two; its peer is found by its contact then.
  const [other] = ends.includes(from.token) ? ends.filter((token) => token !== from.token) : [];
  const peer = tables.flow(other ?? "");
  if (peer !== undefined) return { to: "flow", flow: peer, requestUri: request.requestUri };
  const bound = tables.registrar.byContact(uri);
  if (bound !== undefined) {
    return { to: "flow", flow: bound.flow, requestUri: formatUri(bound.contact.uri) };
  }
  // For either end the dialog is over then (RFC 5057 §5.1).
  if (ends.length > 0) return { to: "answer", answer: { status: 481 } };
  return uri.host === tables.domain
    ? routeToUser(request, uri, from, tables)
    : { to: "answer", answer: { status: 404 } };
}

function routeToUser(request: SipRequest, uri: SipUri, from: Flow, tables: RoutingTables): Routed {
  const user = uri.user ?? "";
  if (isListSubscription(request)) {
    // A person asks for the list of their own channels (docs/channels.md), nobody else's.
    return user === from.user ? toService(request, tables) : { to: "answer", answer: { status: 403 } };
  }
  if (user.startsWith(CHANNEL_PREFIX)) return toService(request, tables);
  const binding = tables.registrar.lookup(user);
  if (binding !== undefined) {
    return { to: "flow", flow: binding.flow, requestUri: formatUri(binding.contact.uri) };
  }
  return { to: "answer", answer: { status: tables.users.has(user) ? 480 : 404 } };
}

function toService(request: SipRequest, tables: RoutingTables): Routed {
  const flow = tables.service();
  if (flow === undefined) return { to: "answer", answer: { status: 480 } };
  return { to: "flow", flow, requestUri: request.requestUri };
}

const isListSubscription = (request: SipRequest): boolean =>
  request.method === "SUBSCRIBE" &&
  headerValue(request, "event")?.split(";")[0]?.trim().toLowerCase() === "dcd-channels";
