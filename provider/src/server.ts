/**
 * The SIP server: one connection a client (RFC 3261 §18.3), a registrar, and a stateless proxy between them. Who has
 * not signed in gets no further than a challenge; what a client sends ends at most its own request or connection.
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { type Clock, InletError, type Log, randomToken } from "@inlet/agent-core/kernel";
import { allowing, SipConnection } from "@inlet/agent-core/sip";
import {
  fromOf,
  headerValue,
  headerValues,
  isSipUri,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  toOf,
} from "@inlet/agent-core/wire/sip";
import { DigestGate } from "./digest-gate.ts";
import { Flow } from "./flow.ts";
import { type LocalAnswer, localResponse } from "./local-response.ts";
import { fitsLimits, forwardRequest, forwardResponse, type ProxyIdentity } from "./proxy.ts";
import { Registrar } from "./registrar.ts";
import { dialogEnds, type RoutingTables, routeRequest } from "./routing.ts";

export interface SipServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly domain: string;
  /** User name → password, the service's included. */
  readonly users: ReadonlyMap<string, string>;
  /** The user that may speak for every address of the domain. */
  readonly service: string;
  readonly log: Log;
  readonly clock: Clock;
  registered(user: string): void;
}

const CONNECTIONS = 1024;
/** Methods that begin a dialog, whose later requests shall come through here too. */
const DIALOG_MAKERS = new Set(["INVITE", "SUBSCRIBE", "REFER"]);

export class SipServer {
  readonly registrar: Registrar;
  readonly #options: SipServerOptions;
  readonly #server: Server;
  readonly #gate: DigestGate;
  readonly #flows = new Map<string, Flow>();
  readonly #key = randomBytes(32);
  /** To-tag of every response of our own. */
  readonly #tag = randomToken(64);
  #tables: RoutingTables;

  private constructor(options: SipServerOptions) {
    this.#options = options;
    const { domain, users, clock, registered } = options;
    this.#gate = new DigestGate({ realm: domain, users, clock });
    this.registrar = new Registrar({ domain, gate: this.#gate, clock, registered });
    this.#tables = this.#newTables({ host: "invalid", port: 0, realm: domain, key: this.#key });
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS;
  }

  /** Fails with INLET_PROVIDER_ADDRESS. */
  static async listen(options: SipServerOptions): Promise<SipServer> {
    const server = new SipServer(options);
    const { host, port } = options.listen;
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", (cause: NodeJS.ErrnoException) =>
        reject(new InletError("INLET_PROVIDER_ADDRESS", `${host}:${port}: ${cause.code ?? cause.message}`)),
      );
      server.#server.listen(port, host, resolve);
    });
    server.#tables = server.#newTables({ ...server.#place(), realm: options.domain, key: server.#key });
    return server;
  }

  /** `host:port` as it is bound; an IPv6 address in brackets. */
  get address(): string {
    const { host, port } = this.#tables.identity;
    return `${host}:${port}`;
  }

  #place(): { host: string; port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return { host: address.family === "IPv6" ? `[${address.address}]` : address.address, port: address.port };
  }

  #newTables(identity: ProxyIdentity): RoutingTables {
    const { domain, users, service } = this.#options;
    return {
      identity,
      domain,
      users,
      registrar: this.registrar,
      flow: (token) => this.#flows.get(token),
      service: () => this.registrar.lookup(service)?.flow,
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const flow of this.#flows.values()) flow.connection.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const { log, clock } = this.#options;
    const flow = new Flow(new SipConnection(socket, { log, clock }));
    this.#flows.set(flow.token, flow);
    flow.connection.start(
      {
        message: (message) => this.#receive(message, flow),
        closed: () => {
          this.#flows.delete(flow.token);
          this.registrar.drop(flow);
        },
      },
      false,
    );
  }

  #receive(message: SipMessage, flow: Flow): void {
    try {
      if (message.kind === "response") this.#respond(message);
      else this.#request(message, flow);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#options.log("info", "provider.message.refused", { code: error.code, detail: error.detail });
      if (message.kind === "request") this.#answer(message, flow, { status: 400 });
    }
  }

  #respond(response: SipResponse): void {
    const forwarded = forwardResponse(response, this.#tables.identity);
    if (forwarded !== undefined) this.#flows.get(forwarded.flow)?.send(forwarded.response);
  }

  #answer(request: SipRequest, flow: Flow, answer: LocalAnswer): void {
    if (request.method !== "ACK") flow.send(localResponse(request, answer, this.#tag));
  }

  #request(request: SipRequest, flow: Flow): void {
    // The ACK to a refusal of our own ends here.
    if (request.method === "ACK" && toOf(request).parameters.get("tag") === this.#tag) return;
    const answer = this.#checked(request, flow);
    if (answer !== undefined) {
      this.#answer(request, flow, answer);
      return;
    }
    const routed = routeRequest(request, flow, this.#tables);
    if (routed.to === "answer") {
      this.#answer(request, flow, routed.answer);
      return;
    }
    const { address, port } = { address: flow.connection.remoteAddress, port: flow.connection.remotePort };
    const asserted = this.#asserted(request, flow);
    const forwarded = forwardRequest(
      request,
      {
        from: flow.token,
        to: routed.flow.token,
        requestUri: routed.requestUri,
        source: { address, port },
        recordRoute: DIALOG_MAKERS.has(request.method) && !toOf(request).parameters.has("tag"),
        ...(asserted !== undefined && { asserted }),
      },
      this.#tables.identity,
    );
    if (fitsLimits(forwarded)) routed.flow.send(forwarded);
    else this.#answer(request, flow, { status: 513 });
  }

  /** What is answered here, or `undefined`: the request may go on. */
  #checked(request: SipRequest, flow: Flow): LocalAnswer | undefined {
    const hops = headerValue(request, "max-forwards");
    if (hops !== undefined && !/^[0-9]{1,3}$/.test(hops)) return { status: 400 };
    const uri = parseUri(request.requestUri);
    const isOurs = isSipUri(uri) && uri.user === undefined && this.#isOwnHost(uri.host, uri.port);
    if (isOurs && request.method === "REGISTER") return this.registrar.register(request, flow);
    if (isOurs && request.method === "OPTIONS") return { status: 200, headers: CAPABILITIES };
    if (isOurs && request.method !== "ACK") return { status: 405, headers: CAPABILITIES };
    if (hops === "0") return { status: 483 };
    const extensions = headerValues(request, "proxy-require");
    if (extensions.length > 0) {
      return { status: 420, headers: [{ name: "unsupported", value: extensions.join(", ") }] };
    }
    return this.#authorised(request, flow);
  }

  #isOwnHost(host: string, port: number | undefined): boolean {
    const { identity, domain } = this.#tables;
    return host === domain || (host === identity.host && port === identity.port);
  }

  #authorised(request: SipRequest, flow: Flow): LocalAnswer | undefined {
    // A connection that a dialog was begun on is one of its ends, whoever called whom.
    if (dialogEnds(request, this.#tables).includes(flow.token)) return undefined;
    if (flow.user === undefined) {
      // Neither can be challenged (RFC 3261 §22.1), and neither has anything here to belong to.
      if (request.method === "ACK" || request.method === "CANCEL") return { status: 481 };
      const { service } = this.#options;
      const values = headerValues(request, "proxy-authorization");
      const verdict = this.#gate.check(values, request.method, request.requestUri);
      if (verdict.result !== "accepted" || verdict.user === service) {
        const challenges = this.#gate.challenges(verdict.result === "stale");
        return { status: 407, headers: challenges.map((value) => ({ name: "proxy-authenticate", value })) };
      }
      flow.user = verdict.user;
    }
    if (toOf(request).parameters.has("tag")) return undefined;
    return this.#mayUse(request, flow.user) ? undefined : { status: 403, reasonPhrase: "From is not your address" };
  }

  #mayUse(request: SipRequest, user: string): boolean {
    const { uri } = fromOf(request);
    const { domain, service } = this.#options;
    return isSipUri(uri) && uri.host === domain && (user === service || uri.user === user);
  }

  /** RFC 3325: the connection's user; for the service, whichever address it speaks for. */
  #asserted(request: SipRequest, flow: Flow): string | undefined {
    const { domain, service } = this.#options;
    if (flow.user === undefined) return undefined;
    const { uri } = fromOf(request);
    const user = flow.user === service && isSipUri(uri) ? uri.user : flow.user;
    return user === undefined ? undefined : `<sip:${user}@${domain}>`;
  }
}

const CAPABILITIES = [
  allowing(["MESSAGE", "REGISTER", "SUBSCRIBE", "REFER"]),
  { name: "allow-events", value: "dcd-channels" },
];
