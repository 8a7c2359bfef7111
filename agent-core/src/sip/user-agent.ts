/**
 * One SIP user agent over one connection at a time: requests out with authentication, requests in to handlers, dialogs
 * found again when the connection was replaced. Wraps SIP.js's UserAgentCore, but decides by itself what reaches it:
 * whatever a peer sends ends at most its own transaction (`receive` is the guard).
 */
import {
  type OutgoingRequestDelegate,
  type OutgoingRequestMessage,
  type Session,
  UserAgentCore,
} from "sip.js/lib/core/index.js";
import { type Clock, InletError, type Log, randomToken } from "../kernel/index.ts";
import {
  addressOfRecord,
  type Header,
  headerValue,
  isSipUri,
  optionTags,
  parseSipUri,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from "../wire/sip/index.ts";
import { Authenticator, type Credentials } from "./authenticator.ts";
import type { SipConnection } from "./connection.ts";
import {
  ALLOWED_METHODS,
  type CoreRequest,
  coreLogger,
  coreUri,
  fromCoreResponse,
  toCoreRequest,
  toCoreResponse,
  transactionKey,
} from "./core.ts";
import type { EventDialog } from "./event-dialog.ts";
import { IncomingInvite } from "./incoming-invite.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { InviteSession } from "./invite-session.ts";
import { type InviteResult, OutgoingInvite } from "./outgoing-invite.ts";
import { type Body, formatHeaders } from "./reply.ts";
import { statelessReply } from "./stateless-reply.ts";

export interface UserAgentHandlers {
  /** Default: 603. */
  invite?(invite: IncomingInvite): void;
  /** Requests outside of dialogs, by method. A method without handler is answered 405. */
  readonly requests?: Readonly<Record<string, (request: IncomingRequest) => void>>;
}

export interface UserAgentOptions {
  readonly aor: string;
  readonly displayName?: string;
  readonly credentials?: Credentials;
  /** Feature parameters of the Contact, e.g. `;+g.oma.lcsi.sip-push`. */
  readonly contactFeatures?: string;
  readonly userAgent: string;
  readonly handlers: UserAgentHandlers;
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

/** Call-ID, From tag and a running CSeq. */
export interface Sequence {
  readonly callId: string;
  readonly fromTag: string;
  cseq: number;
}

export const newSequence = (): Sequence => ({ callId: randomToken(160), fromTag: randomToken(64), cseq: 0 });

/** A NOTIFY whose dialog does not exist yet belongs to the SUBSCRIBE with this Call-ID and From tag. */
export type NotifyTaker = (message: CoreRequest) => void;

export class UserAgent {
  readonly core: UserAgentCore;
  readonly options: UserAgentOptions;
  readonly aor: SipUri;
  readonly authenticator: Authenticator;
  readonly expectedNotifies = new Map<string, NotifyTaker>();
  readonly #contactUser = randomToken(64);
  #connection: SipConnection | undefined;

  constructor(options: UserAgentOptions) {
    this.options = options;
    this.aor = parseSipUri(options.aor);
    this.authenticator = new Authenticator(options.credentials);
    const contact = { pubGruu: undefined, tempGruu: undefined, uri: coreUri(this.aor), toString: () => this.contact };
    const viaHost = (): string => this.#sentBy();
    this.core = new UserAgentCore({
      aor: coreUri(this.aor),
      contact,
      displayName: options.displayName ?? "",
      loggerFactory: coreLogger(options.log),
      hackViaTcp: false,
      routeSet: [],
      sipjsId: "",
      supportedOptionTags: [],
      supportedOptionTagsResponse: [],
      userAgentHeaderFieldValue: options.userAgent,
      viaForceRport: true,
      // Read at every request, since the connection and with it the port changes.
      get viaHost() {
        return viaHost();
      },
      authenticationFactory: () => undefined,
      transportAccessor: () => ({
        protocol: "TCP",
        send: (text: string) =>
          this.#connection?.send(Buffer.from(text)) ?? Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST")),
      }),
    });
  }

  /** The connection that requests go over from now on. The caller feeds `receive` from it. */
  set connection(connection: SipConnection | undefined) {
    this.#connection = connection;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Contact of this flow: requests to it reach us over the connection that registered it. */
  get contactUri(): string {
    return `sip:${this.#contactUser}@${this.#sentBy()};transport=tcp`;
  }

  get contact(): string {
    return `<${this.contactUri}>${this.options.contactFeatures ?? ""}`;
  }

  #sentBy(): string {
    const address = this.#connection?.localAddress ?? "127.0.0.1";
    return `${address.includes(":") ? `[${address}]` : address}:${this.#connection?.localPort ?? 5060}`;
  }

  /**
   * Sends a request outside of any dialog and resolves with its final response, challenges answered. Without any
   * answer the response is a 408, without a connection a 503, both without headers (`isLocal`).
   */
  async request(options: RequestOptions): Promise<SipResponse> {
    const sequence = options.sequence ?? newSequence();
    return this.authenticated(options.method, options.uri, (extra) => {
      sequence.cseq++;
      return this.send(this.outgoing(options, sequence, extra));
    });
  }

  /** Repeats `attempt` with credentials while the answer is a challenge that can be met (at most twice a field). */
  async authenticated(
    method: string,
    uri: string,
    attempt: (headers: readonly Header[]) => Promise<SipResponse>,
  ): Promise<SipResponse> {
    const answers = new Map<string, number>();
    for (;;) {
      const response = await attempt(this.authenticator.headers(method, uri));
      if (response.status !== 401 && response.status !== 407) return response;
      if (this.authenticator.challenged(response, answers) !== "retry") return response;
    }
  }

  outgoing(options: RequestOptions, sequence: Sequence, extra: readonly Header[]): OutgoingRequestMessage {
    return this.core.makeOutgoingRequestMessage(
      options.method,
      coreUri(parseSipUri(options.uri)),
      coreUri(options.from === undefined ? this.aor : parseSipUri(options.from.uri)),
      coreUri(parseSipUri(options.to ?? addressOfRecord(this.aor))),
      {
        callId: sequence.callId,
        fromTag: sequence.fromTag,
        cseq: sequence.cseq,
        toTag: "",
        // SIP.js puts the quotes around a name and leaves those inside it as they are.
        ...(options.from !== undefined && {
          fromDisplayName: (options.from.displayName ?? "").replace(/["\\]/g, "\\$&"),
        }),
      },
      formatHeaders([...(options.headers ?? []), ...extra]),
      options.body && { contentDisposition: "render", ...options.body },
    );
  }

  /** One non-INVITE transaction. */
  send(message: OutgoingRequestMessage): Promise<SipResponse> {
    return new Promise((resolve) => {
      const final: OutgoingRequestDelegate["onAccept"] = (response) => resolve(fromCoreResponse(response.message));
      this.core.request(message, { onAccept: final, onReject: final, onRedirect: final });
    });
  }

  /** A request within a dialog. */
  requestIn(dialog: EventDialog, method: string, headers: readonly Header[], body?: Body): Promise<SipResponse> {
    const contact = { name: "contact", value: this.contact };
    return this.authenticated(method, dialog.remoteTarget.toString(), (extra) =>
      this.send(
        dialog.createOutgoingRequestMessage(method, {
          extraHeaders: formatHeaders([contact, ...headers, ...extra]),
          ...(body && { body: { contentDisposition: "render", ...body } }),
        }),
      ),
    );
  }

  /** Sends an INVITE. Challenges are answered; a 2xx is acknowledged at once. */
  invite(options: Omit<RequestOptions, "method">): OutgoingInvite {
    return new OutgoingInvite(async (track) => {
      const sequence = options.sequence ?? newSequence();
      const answers = new Map<string, number>();
      for (;;) {
        sequence.cseq++;
        const headers = [{ name: "contact", value: this.contact }, ...(options.headers ?? [])];
        const extra = this.authenticator.headers("INVITE", options.uri);
        const message = this.outgoing({ ...options, method: "INVITE", headers }, sequence, extra);
        const result = await this.#inviteOnce(message, track);
        const { status } = result.response;
        if (result.accepted || (status !== 401 && status !== 407)) return result;
        if (this.authenticator.challenged(result.response, answers) !== "retry") return result;
      }
    });
  }

  #inviteOnce(
    message: OutgoingRequestMessage,
    track: (request: ReturnType<UserAgentCore["invite"]>) => void,
  ): Promise<InviteResult> {
    return new Promise((resolve) => {
      const refused: OutgoingRequestDelegate["onReject"] = (response) =>
        resolve({ accepted: false, response: fromCoreResponse(response.message) });
      const request = this.core.invite(message, {
        onAccept: ({
          message: response,
          session,
          ack,
        }: {
          message: Parameters<typeof fromCoreResponse>[0];
          session: Session;
          ack: () => unknown;
        }) => {
          ack();
          resolve({
            accepted: true,
            response: fromCoreResponse(response),
            session: new InviteSession(session, () => this.contact, true, {}),
          });
        },
        onReject: refused,
        onRedirect: refused,
      });
      track(request);
    });
  }

  /** Takes in one message from the connection. Never throws. */
  receive(message: SipMessage): void {
    try {
      if (message.kind === "response") this.core.receiveIncomingResponseFromTransport(toCoreResponse(message));
      else this.#receiveRequest(message);
    } catch (error) {
      const known = error instanceof InletError;
      this.options.log(known ? "info" : "error", "sip.message.failed", {
        code: known ? error.code : "INLET_INTERNAL",
        detail: known ? error.detail : `${(error as Error).stack}`,
      });
      if (message.kind === "request" && message.method !== "ACK") this.#abandon(message, known ? 400 : 500);
    }
  }

  #receiveRequest(request: SipRequest): void {
    if (!isSipUri(parseUri(request.requestUri))) {
      this.#refuse(request, 416);
      return;
    }
    const message = toCoreRequest(request);
    const { method } = request;
    if (method === "CANCEL" || this.core.userAgentServers.has(message.viaBranch)) {
      this.core.receiveIncomingRequestFromTransport(message);
      return;
    }
    const unsupported = optionTags(request, "require").filter((tag) => !SUPPORTED.has(tag));
    const inDialog = (message.toTag ?? "") !== "";
    if (method === "ACK") this.core.dialogs.get(dialogId(message))?.receiveRequest(message);
    else if (unsupported.length > 0) {
      this.#refuse(request, 420, [{ name: "unsupported", value: unsupported.join(", ") }]);
    } else if (inDialog) this.#receiveInDialog(message);
    else this.#receiveOutsideDialog(message);
  }

  #receiveInDialog(message: CoreRequest): void {
    const dialog = this.core.dialogs.get(dialogId(message));
    const taker = this.expectedNotifies.get(message.callId + message.toTag);
    if (dialog !== undefined && message.method === "OPTIONS") this.#answerOptions(message.source);
    else if (dialog !== undefined) dialog.receiveRequest(message);
    else if (message.method === "NOTIFY" && taker !== undefined) taker(message);
    else this.#refuse(message.source, 481);
  }

  #receiveOutsideDialog(message: CoreRequest): void {
    const { handlers } = this.options;
    const handler = handlers.requests?.[message.method];
    if (message.method === "INVITE") this.#receiveInvite(message);
    else if (message.method === "OPTIONS") this.#answerOptions(message.source);
    else if (handler !== undefined) handler(new IncomingRequest(this.core, message));
    else if (message.method === "BYE" || message.method === "NOTIFY") this.#refuse(message.source, 481);
    else this.#refuse(message.source, 405, [{ name: "allow", value: ALLOWED_METHODS.join(", ") }]);
  }

  #receiveInvite(message: CoreRequest): void {
    if (headerValue(message.source, "contact") === undefined) {
      this.#refuse(message.source, 400);
      return;
    }
    const invite = new IncomingInvite(this.core, message);
    if (this.options.handlers.invite === undefined) invite.reject(603);
    else this.options.handlers.invite(invite);
  }

  #answerOptions(request: SipRequest): void {
    this.#refuse(request, 200, [
      { name: "allow", value: ALLOWED_METHODS.join(", ") },
      { name: "accept", value: "application/sdp, multipart/related, multipart/mixed, text/plain" },
      { name: "contact", value: this.contact },
    ]);
  }

  /** Answers a request whose handling failed, and forgets its transaction, which nobody else would end. */
  #abandon(request: SipRequest, status: number): void {
    const key = transactionKey(request);
    this.core.userAgentServers.get(key)?.dispose();
    this.core.userAgentServers.delete(key);
    this.#refuse(request, status);
  }

  /** Answers without a transaction. */
  #refuse(request: SipRequest, status: number, headers: readonly Header[] = []): void {
    this.#connection?.send(statelessReply(request, status, headers)).catch(() => undefined);
  }

  /** Drops every transaction and dialog, with their timers. */
  dispose(): void {
    this.core.dispose();
    this.expectedNotifies.clear();
    this.#connection = undefined;
  }
}

const dialogId = (message: CoreRequest): string => message.callId + message.toTag + message.fromTag;

/** Option tags a request may require. */
const SUPPORTED = new Set<string>([]);
