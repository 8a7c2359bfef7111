/**
 * One SIP user agent over one connection at a time (RFC 3261 §8, §12): its client and its server side, where it is reached,
 * and dialogs that outlive a connection. Whatever a peer sends ends at most its own transaction.
 */
import { type Clock, type ErrorCode, type Log, randomToken } from "../kernel/index.ts";
import {
  type Header,
  parseSipUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from "../wire/sip/index.ts";
import { allowing } from "./capabilities.ts";
import { asksToRegister } from "./ims.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { OutgoingInvite } from "./outgoing-invite.ts";
import { newSequence, outgoingRequest, type RequestOptions, type Sequence } from "./outgoing-request.ts";
import { TransactionLayer } from "./transaction/index.ts";
import { type SipFlow, sentBy } from "./transport/index.ts";
import { UserAgentClient, type UserAgentClientOptions } from "./user-agent-client.ts";
import type { DialogUsage, InviteHooks, UserAgentCore } from "./user-agent-core.ts";
import { handled, type UserAgentHandlers, UserAgentServer } from "./user-agent-server.ts";

export interface UserAgentOptions extends Omit<UserAgentClientOptions, "refused"> {
  readonly aor: string;
  readonly displayName?: string;
  /** Feature parameters of the Contact, e.g. `;+g.oma.lcsi.sip-push`. */
  readonly contactFeatures?: string;
  readonly handlers: UserAgentHandlers;
  /** In an IMS: the core has lost our registration. */
  unknown?(): void;
}

/** What the registrar has said about this connection. */
export interface Binding {
  /** The way of requests outside of dialogs, nearest first (RFC 3608). */
  readonly serviceRoute: readonly string[];
  /** The flow is ours to be reached over (RFC 5626). */
  readonly outbound: boolean;
  /** Where this instance is reached from anywhere (RFC 5627); then it is the Contact in dialogs. */
  readonly gruu?: string;
}

export class UserAgent implements UserAgentCore {
  readonly options: UserAgentOptions;
  readonly aor: SipUri;
  readonly allow: Header;
  readonly dialogs = new Map<string, DialogUsage>();
  readonly expectedNotifies = new Map<string, (incoming: IncomingRequest) => void>();
  readonly #client: UserAgentClient;
  readonly #server: UserAgentServer;
  readonly #layer: TransactionLayer;
  readonly #contactUser = randomToken(64);
  #binding: Binding | undefined;

  /** Fails with INLET_SIP_URI or INLET_AKA_KEYS. */
  constructor(options: UserAgentOptions) {
    this.options = options;
    this.aor = parseSipUri(options.aor);
    this.allow = allowing(handled(options.handlers));
    this.#layer = new TransactionLayer(options.clock, {
      request: (transaction) => this.#server.serve(transaction),
      ack: (request) => this.#server.acknowledged(request),
      ...(options.ims !== undefined && { answers: options.ims.access }),
    });
    const refused = (response: SipResponse): void => {
      const { ims } = options;
      if (ims !== undefined && asksToRegister(response, this.#binding?.serviceRoute ?? [])) options.unknown?.();
    };
    this.#client = new UserAgentClient({ ...options, refused }, this.aor.host, this.#layer);
    this.#server = new UserAgentServer(this, options.handlers, options.contactFeatures ?? "");
  }

  get clock(): Clock {
    return this.options.clock;
  }

  get log(): Log {
    return this.options.log;
  }

  /** The connection that requests go over from now on. The caller feeds `receive` from it. */
  set connection(connection: SipFlow | undefined) {
    this.#client.connection = connection;
    this.#binding = undefined;
  }

  /** Holds until the connection changes. */
  set binding(binding: Binding) {
    this.#binding = binding;
  }

  get connected(): boolean {
    return this.#client.connection !== undefined;
  }

  /** Transactions and dialogs that have not ended. */
  get size(): number {
    return this.#layer.size + this.dialogs.size;
  }

  /** Contact of this flow: requests to it reach us over the connection that registered it. */
  get flowUri(): string {
    const { connection } = this.#client;
    const transport = (connection?.protocol ?? "TCP").toLowerCase();
    return `sip:${this.#contactUser}@${sentBy(connection)};transport=${transport}`;
  }

  /** Where the requests of a dialog reach us. */
  get contactUri(): string {
    const { gruu, outbound = false } = this.#binding ?? {};
    return gruu ?? (outbound ? `${this.flowUri};ob` : this.flowUri);
  }

  get contact(): string {
    return `<${this.contactUri}>${this.options.contactFeatures ?? ""}`;
  }

  /** TLS is agreed on, and this connection has none: another one is needed. */
  get needsTls(): boolean {
    return this.#client.needsTls;
  }

  /** Why signing in has failed, where this is a response to it. */
  authenticationFailure(response: SipResponse): ErrorCode | undefined {
    return this.#client.authenticationFailure(response);
  }

  /** RFC 3608 §6.1: what is not in a dialog goes the way that the registrar named. */
  outgoing(options: RequestOptions, sequence: Sequence): SipRequest {
    const { ims, displayName } = this.options;
    const route = options.method === "REGISTER" ? [] : (this.#binding?.serviceRoute ?? []);
    const headers = [...(options.headers ?? []), ...(ims?.preferences(options.method, this.aor) ?? [])];
    return outgoingRequest({ ...options, headers }, sequence, { aor: this.aor, displayName, route });
  }

  request(options: RequestOptions): Promise<SipResponse> {
    const sequence = options.sequence ?? newSequence();
    return this.authenticated(() => this.send(this.outgoing(options, sequence)));
  }

  authenticated(attempt: () => Promise<SipResponse>): Promise<SipResponse> {
    return this.#client.authenticated(attempt);
  }

  send(request: SipRequest): Promise<SipResponse> {
    return this.#client.send(request);
  }

  /** Sends an INVITE. */
  invite(options: Omit<RequestOptions, "method">): OutgoingInvite {
    return new OutgoingInvite(this, options, options.sequence ?? newSequence());
  }

  inviteIn(
    make: () => SipRequest,
    ack: (response: SipResponse) => SipRequest,
    hooks?: InviteHooks,
  ): Promise<SipResponse> {
    return this.#client.invite(make, ack, hooks);
  }

  serveInDialog(incoming: IncomingRequest, within?: DialogUsage): void {
    this.#server.serveByHandler(incoming, within);
  }

  /** Takes in one message from the connection. Never throws. */
  receive(message: SipMessage): void {
    try {
      this.#layer.receive(message, this.#client.transport());
    } catch (error) {
      // A bug in a handler ends its message alone.
      this.log("error", "sip.message.failed", { error: `${(error as Error).stack}` });
    }
  }

  /** Drops every transaction and dialog, with their timers. */
  dispose(): void {
    this.#layer.dispose();
    for (const usage of [...this.dialogs.values()]) usage.dispose();
    this.dialogs.clear();
    this.expectedNotifies.clear();
    this.#client.connection = undefined;
  }
}
