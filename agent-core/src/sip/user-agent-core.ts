/** What sessions, subscriptions and whatever else makes dialogs need of the user agent they belong to. */
import type { Clock, Log } from "../kernel/index.ts";
import type { Header, SipRequest, SipResponse } from "../wire/sip/index.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { RequestOptions, Sequence } from "./outgoing-request.ts";
import type { ServerTransaction } from "./transaction/index.ts";

/** Whoever owns a dialog: gets its requests, and the ACKs of its 2xx. */
export interface DialogUsage {
  receive(transaction: ServerTransaction): void;
  ack(request: SipRequest): void;
  dispose(): void;
}

export interface InviteHooks {
  /** Tells for each attempt how it is cancelled; before a provisional response that waits for one. */
  cancellable?(cancel: () => void): void;
  provisional?(response: SipResponse): void;
}

export interface UserAgentCore {
  readonly clock: Clock;
  readonly log: Log;
  /** What is taken: of sessions always, else what the handlers are there for. */
  readonly allow: Header;
  /** Of requests and answers in dialogs; it changes with the connection. */
  readonly contact: string;
  /** By `keyOf`. */
  readonly dialogs: Map<string, DialogUsage>;
  /** NOTIFYs that may come before the dialog they belong to, by Call-ID and our tag (RFC 6665 §4.4.1). */
  readonly expectedNotifies: Map<string, (incoming: IncomingRequest) => void>;
  /** A request outside of a dialog, without Via. Counts the sequence on. */
  outgoing(options: RequestOptions, sequence: Sequence): SipRequest;
  /**
   * Sends a request outside of any dialog and resolves with its final response, challenges answered. Without any answer the
   * response is a 408, without a connection a 503, from a server that gave a wrong proof of itself a 401, all without headers
   * (`isLocal`).
   */
  request(options: RequestOptions): Promise<SipResponse>;
  /** Repeats `attempt`, whose requests are signed on their way, while the answer is a challenge that can be met. */
  authenticated(attempt: () => Promise<SipResponse>): Promise<SipResponse>;
  /** One transaction other than INVITE. */
  send(request: SipRequest): Promise<SipResponse>;
  /** Runs an INVITE or re-INVITE until its final response; `ack` makes the ACK for each 2xx, which is sent whoever it is from. */
  inviteIn(
    make: () => SipRequest,
    ack: (response: SipResponse) => SipRequest,
    hooks?: InviteHooks,
  ): Promise<SipResponse>;
  /** What a dialog does not serve by itself is served as outside of it (RFC 3261 §12.2.2). */
  serveInDialog(incoming: IncomingRequest, within?: DialogUsage): void;
}
