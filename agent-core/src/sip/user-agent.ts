/**
 * One SIP user agent over one connection at a time (RFC 3261 §8, §12): requests out with authentication, requests in to
 * handlers, dialogs that outlive a connection. Whatever a peer sends ends at most its own transaction.
 */
import { type Clock, type ErrorCode, InletError, LIMITS, type Log, randomToken } from "../kernel/index.ts";
import {
  addressOfRecord,
  callIdOf,
  formatMessage,
  formatNameAddr,
  type Header,
  type Parameters,
  parseFeatures,
  parseSipUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
  toOf,
} from "../wire/sip/index.ts";
import type { Signed } from "./authenticator.ts";
import { ACCEPT, allowing, SUPPORTED } from "./capabilities.ts";
import { contactOf, keyOfRequest, tagOf } from "./dialog.ts";
import { IncomingInvite } from "./incoming-invite.ts";
import { IncomingRefer } from "./incoming-refer.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { InviteSession } from "./invite-session.ts";
import { OutgoingInvite } from "./outgoing-invite.ts";
import { refusalOf } from "./refusal.ts";
import { type Body, contents } from "./reply.ts";
import { local } from "./response.ts";
import { answerTimer } from "./session-timer.ts";
import { SignIn, type SignInOptions } from "./sign-in.ts";
import {
  type ClientTransaction,
  type ServerTransaction,
  TransactionLayer,
  type TransactionTransport,
  type Via,
} from "./transaction/index.ts";
import type { SipFlow } from "./transport/index.ts";

/** Outside of a dialog they name one that is gone, or never was. */
const IN_DIALOG_ONLY: ReadonlySet<string> = new Set(["BYE", "PRACK", "UPDATE"]);

/** What Via adds to a request, at most. */
const VIA_SIZE = 120;

export interface UserAgentHandlers {
  /** Default: 603. */
  invite?(invite: IncomingInvite): void;
  /** REFER, in a session or outside. Default: 405. Nobody follows one unasked. */
  refer?(refer: IncomingRefer): void;
  /** Other requests, by method. One without handler is answered 405, or 481 where it needs a dialog. */
  readonly requests?: Readonly<Record<string, (request: IncomingRequest) => void>>;
}

export interface UserAgentOptions extends SignInOptions {
  readonly aor: string;
  readonly displayName?: string;
  /** Feature parameters of the Contact, e.g. `;+g.oma.lcsi.sip-push`. */
  readonly contactFeatures?: string;
  readonly userAgent: string;
  readonly handlers: UserAgentHandlers;
  /** For requests too large for a datagram: a stream to the same next hop. Without it, or where it fails, UDP is used. */
  readonly openStream?: () => Promise<SipFlow>;
  readonly log: Log;
  readonly clock: Clock;
}

export interface RequestOptions {
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** Default: the AOR. */
  readonly to?: string;
  /** Default: the AOR and its display name. A service speaks for more than one address. */
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly headers?: readonly Header[];
  readonly body?: Body;
  /** Keeps a Call-ID and counts its CSeq on: a REGISTER and its refreshes (RFC 3261 §10.2). */
  readonly sequence?: Sequence;
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

/** Call-ID, From tag and a running CSeq. */
export interface Sequence {
  readonly callId: string;
  readonly fromTag: string;
  cseq: number;
}

export const newSequence = (): Sequence => ({ callId: randomToken(160), fromTag: randomToken(64), cseq: 0 });

/** Whoever owns a dialog: gets its requests, and the ACKs of its 2xx. */
export interface DialogUsage {
  receive(transaction: ServerTransaction): void;
  ack(request: SipRequest): void;
  dispose(): void;
}

interface Started {
  readonly signed: Signed;
  transaction?: ClientTransaction;
}

export class UserAgent {
  readonly options: UserAgentOptions;
  readonly aor: SipUri;
  /** What is taken: of sessions always, else what the handlers are there for. */
  readonly allow: Header;
  /** By `keyOf`. */
  readonly dialogs = new Map<string, DialogUsage>();
  /** NOTIFYs that may come before the dialog they belong to, by Call-ID and our tag (RFC 6665 §4.4.1). */
  readonly expectedNotifies = new Map<string, (incoming: IncomingRequest) => void>();
  readonly #signIn: SignIn;
  readonly #layer: TransactionLayer;
  readonly #invites = new WeakMap<ServerTransaction, IncomingInvite>();
  readonly #features: Parameters;
  readonly #contactUser = randomToken(64);
  #connection: SipFlow | undefined;
  #binding: Binding | undefined;

  constructor(options: UserAgentOptions) {
    this.options = options;
    this.aor = parseSipUri(options.aor);
    const { requests = {}, refer } = options.handlers;
    this.allow = allowing([...Object.keys(requests), ...(refer === undefined ? [] : ["REFER"])]);
    this.#features = parseFeatures(options.contactFeatures ?? "");
    this.#signIn = new SignIn(options, this.aor.host);
    this.#layer = new TransactionLayer(options.clock, {
      request: (transaction) => this.#serve(transaction),
      ack: (request) => this.dialogs.get(keyOfRequest(request))?.ack(request),
      cancelled: (transaction) => this.#invites.get(transaction)?.cancel(),
    });
  }

  /** The connection that requests go over from now on. The caller feeds `receive` from it. */
  set connection(connection: SipFlow | undefined) {
    this.#connection = connection;
    this.#binding = undefined;
  }

  /** Holds until the connection changes. */
  set binding(binding: Binding) {
    this.#binding = binding;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Transactions and dialogs that have not ended. */
  get size(): number {
    return this.#layer.size + this.dialogs.size;
  }

  /** Contact of this flow: requests to it reach us over the connection that registered it. */
  get flowUri(): string {
    const transport = (this.#connection?.protocol ?? "TCP").toLowerCase();
    return `sip:${this.#contactUser}@${this.#sentBy()};transport=${transport}`;
  }

  /** Where the requests of a dialog reach us. */
  get contactUri(): string {
    const { gruu, outbound = false } = this.#binding ?? {};
    return gruu ?? (outbound ? `${this.flowUri};ob` : this.flowUri);
  }

  get contact(): string {
    return `<${this.contactUri}>${this.options.contactFeatures ?? ""}`;
  }

  #sentBy(flow = this.#connection): string {
    const { localAddress, localPort } = flow ?? { localAddress: "127.0.0.1", localPort: 5060 };
    const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
    // A WebSocket has no port of its own (RFC 7118 §5).
    return localPort === 0 ? host : `${host}:${localPort}`;
  }

  /**
   * Sends a request outside of any dialog and resolves with its final response, challenges answered. Without any
   * answer the response is a 408, without a connection a 503, both without headers (`isLocal`).
   */
  request(options: RequestOptions): Promise<SipResponse> {
    const sequence = options.sequence ?? newSequence();
    return this.authenticated(() => this.send(this.outgoing(options, sequence)));
  }

  /** Repeats `attempt`, whose requests are signed on their way, while the answer is a challenge that can be met. */
  authenticated(attempt: () => Promise<SipResponse>): Promise<SipResponse> {
    return this.#signIn.exchange(attempt, () => this.#isSecure);
  }

  get #isSecure(): boolean {
    const { protocol } = this.#connection ?? {};
    return protocol === "TLS" || protocol === "WSS";
  }

  /** TLS is agreed on, and this connection has none: another one is needed. */
  get needsTls(): boolean {
    return this.#signIn.agreedOnTls && !this.#isSecure;
  }

  /** Why signing in has failed, where this is a response to it. */
  authenticationFailure(response: SipResponse): ErrorCode | undefined {
    return this.#signIn.failureOf(response);
  }

  /** A request outside of a dialog, without Via. Counts the sequence on. */
  outgoing(options: RequestOptions, sequence: Sequence): SipRequest {
    sequence.cseq++;
    const { displayName } = this.options;
    const from = options.from ?? { uri: addressOfRecord(this.aor), ...(displayName !== undefined && { displayName }) };
    const uri = parseSipUri(from.uri);
    const tag = new Map([["tag", sequence.fromTag]]);
    const { headers, body } = contents(options);
    return {
      kind: "request",
      method: options.method,
      requestUri: options.uri,
      headers: [
        ...this.#routes(options.method),
        { name: "max-forwards", value: "70" },
        { name: "from", value: formatNameAddr({ ...from, uri, parameters: tag }) },
        { name: "to", value: `<${options.to ?? addressOfRecord(this.aor)}>` },
        { name: "call-id", value: sequence.callId },
        { name: "cseq", value: `${sequence.cseq} ${options.method}` },
        ...headers,
      ],
      body,
    };
  }

  /** RFC 3608 §6.1: what is not in a dialog goes the way that the registrar named. */
  #routes(method: string): Header[] {
    if (method === "REGISTER") return [];
    return (this.#binding?.serviceRoute ?? []).map((value) => ({ name: "route", value }));
  }

  /** One transaction other than INVITE. */
  send(request: SipRequest): Promise<SipResponse> {
    return new Promise((resolve) => {
      this.#start(request, (response) => {
        if (response.status >= 200) resolve(response);
      });
    });
  }

  /** Sends an INVITE. */
  invite(options: Omit<RequestOptions, "method">): OutgoingInvite {
    return new OutgoingInvite(this, options, options.sequence ?? newSequence());
  }

  /** Runs an INVITE or re-INVITE until its final response; `ack` makes the ACK for each 2xx. */
  inviteIn(
    make: () => SipRequest,
    ack: (response: SipResponse) => SipRequest,
    hooks: {
      /** Tells for each attempt how it is cancelled; before a provisional response that waits for one. */
      cancellable?(cancel: () => void): void;
      provisional?(response: SipResponse): void;
    } = {},
  ): Promise<SipResponse> {
    const attempt = (): Promise<SipResponse> =>
      new Promise((resolve) => {
        let wanted = false;
        let provisional = false;
        const started = this.#start(make(), (response) => {
          if (response.status >= 300) resolve(response);
          else if (response.status >= 200) {
            this.#acknowledge(ack, response, started.signed);
            resolve(response);
          } else {
            provisional = true;
            hooks.provisional?.(response);
            if (wanted) cancel();
          }
        });
        // RFC 3261 §9.1: CANCEL waits for the first provisional response.
        const cancel = (): void => {
          if (provisional && started.transaction !== undefined)
            this.#layer.cancel(started.transaction, this.#transport());
          else wanted = true;
        };
        hooks.cancellable?.(cancel);
      });
    return this.authenticated(attempt);
  }

  /** An ACK cannot be challenged: it repeats the credentials of its INVITE (RFC 3261 §22.1). */
  #acknowledge(ack: (response: SipResponse) => SipRequest, response: SipResponse, signed: Signed): void {
    try {
      const request = ack(response);
      const headers = [...request.headers, ...signed.headers];
      this.#layer.sendAck({ ...request, headers }, this.#via(), this.#transport());
    } catch (error) {
      // A 2xx without Contact or tag makes no dialog.
      if (!(error instanceof InletError)) throw error;
      this.options.log("info", "sip.invite.unusable", { code: error.code, detail: error.detail });
    }
  }

  #via(flow = this.#connection): Via {
    return { protocol: flow?.protocol ?? "TCP", sentBy: this.#sentBy(flow) };
  }

  #transport(flow = this.#connection): TransactionTransport {
    return {
      reliable: flow?.reliable ?? true,
      send: (bytes) => flow?.send(bytes) ?? Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST")),
    };
  }

  /** Begins a transaction; over another flow it begins a little later. */
  #start(request: SipRequest, responded: (response: SipResponse) => void): Started {
    const { signed, headers: own } = this.#signIn.sign(request);
    const headers = [...request.headers, ...own, { name: "user-agent", value: this.options.userAgent }];
    const whole = { ...request, headers };
    const started: Started = { signed };
    const heard = (response: SipResponse): void => {
      const proven = this.#signIn.heard(signed, response);
      // A session that stands is ended by those who speak in it, not by a header.
      responded(proven || request.method === "INVITE" ? response : local(401));
    };
    const begin = (flow: SipFlow | undefined): void => {
      started.transaction = this.#layer.send(whole, this.#via(flow), this.#transport(flow), {
        response: heard,
        timedOut: () => responded(local(408)),
        failed: () => responded(local(503)),
      });
    };
    const { openStream } = this.options;
    const large = this.#connection?.protocol === "UDP" && formatMessage(whole).length + VIA_SIZE > LIMITS.sipDatagram;
    if (large && openStream !== undefined) openStream().then(begin, () => begin(this.#connection));
    else begin(this.#connection);
    return started;
  }

  /** Takes in one message from the connection. Never throws. */
  receive(message: SipMessage): void {
    try {
      this.#layer.receive(message, this.#transport());
    } catch (error) {
      // A bug in a handler ends its message alone.
      this.options.log("error", "sip.message.failed", { error: `${(error as Error).stack}` });
    }
  }

  /** Runs what serves a request; what it throws becomes the answer. */
  #serve(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    try {
      const refusal = refusalOf(transaction.request, this.#features, this.allow);
      if (refusal !== undefined) incoming.respond(refusal.status, refusal);
      else if (tagOf(toOf(transaction.request)) !== "") this.#serveInsideDialog(transaction);
      else if (transaction.request.method === "INVITE") this.#serveInvite(transaction);
      else this.#serveOutsideDialog(incoming);
    } catch (error) {
      const known = error instanceof InletError;
      this.options.log(known ? "info" : "error", "sip.request.failed", {
        code: known ? error.code : "INLET_INTERNAL",
        detail: known ? error.detail : `${(error as Error).stack}`,
      });
      incoming.respond(known ? 400 : 500);
    }
  }

  #serveInsideDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    const usage = this.dialogs.get(keyOfRequest(request));
    const incoming = new IncomingRequest(transaction);
    const early = this.expectedNotifies.get(`${callIdOf(request)} ${tagOf(toOf(request))}`);
    if (usage !== undefined) usage.receive(transaction);
    else if (request.method === "NOTIFY" && early !== undefined) early(incoming);
    else incoming.respond(481);
  }

  #serveInvite(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    if (contactOf(transaction.request) === undefined) {
      incoming.respond(400, { reasonPhrase: "Contact missing" });
      return;
    }
    const timer = answerTimer(transaction.request);
    if (!timer.accept) {
      incoming.respond(422, { headers: timer.headers });
      return;
    }
    const { handlers } = this.options;
    if (handlers.invite === undefined) {
      incoming.respond(603);
      return;
    }
    const invite = new IncomingInvite(this, transaction);
    this.#invites.set(transaction, invite);
    handlers.invite(invite);
  }

  #serveOutsideDialog(incoming: IncomingRequest): void {
    const { method } = incoming.request;
    const unasked = method === "NOTIFY" && this.options.handlers.requests?.NOTIFY === undefined;
    if (unasked || IN_DIALOG_ONLY.has(method)) incoming.respond(481);
    else this.serveInDialog(incoming);
  }

  /** For usages: what a dialog does not serve by itself is served as outside of it (RFC 3261 §12.2.2). */
  serveInDialog(incoming: IncomingRequest, session?: InviteSession): void {
    const { method } = incoming.request;
    if (method === "REFER" && this.options.handlers.refer !== undefined) {
      this.options.handlers.refer(new IncomingRefer(this, incoming, session));
      return;
    }
    const handler = this.options.handlers.requests?.[method];
    if (method === "OPTIONS" && handler === undefined)
      incoming.respond(200, { headers: [this.allow, ACCEPT, SUPPORTED, { name: "contact", value: this.contact }] });
    else if (handler !== undefined) handler(incoming);
    else incoming.respond(405, { headers: [this.allow] });
  }

  /** Drops every transaction and dialog, with their timers. */
  dispose(): void {
    this.#layer.dispose();
    for (const usage of [...this.dialogs.values()]) usage.dispose();
    this.dialogs.clear();
    this.expectedNotifies.clear();
    this.#connection = undefined;
  }
}
