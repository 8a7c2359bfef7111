/**
 * Finds the transaction of each message, makes new ones, forgets ended ones (RFC 3261 §17, §18.1.2, §9.2, §8.2.2.2).
 * CANCEL is answered here; what it cancels is told. Responses that belong to nothing are dropped.
 */
import { type Clock, LIMITS } from "../../kernel/index.ts";
import {
  formatMessage,
  fromOf,
  type Header,
  headerValue,
  headerValues,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  toOf,
} from "../../wire/sip/index.ts";
import { makeResponse } from "../response.ts";
import { type ClientHandlers, ClientTransaction, type TransactionTransport } from "./client-transaction.ts";
import { ServerTransaction } from "./server-transaction.ts";
import { clientKey, clientKeyOf, mergeKeyOf, newBranch, serverKeyOf } from "./via.ts";

/** A transport as a transaction needs it, and how it names itself in Via. */
export interface Via {
  /** TCP, UDP, TLS, WS, WSS. */
  readonly protocol: string;
  /** host:port */
  readonly sentBy: string;
}

export interface TransactionUser {
  /** A new request other than ACK and CANCEL. */
  request(transaction: ServerTransaction): void;
  /** An ACK for a 2xx. */
  ack(request: SipRequest): void;
  /** Stands in every answer but a 100, and those to CANCEL. */
  readonly answers?: Header;
}

export class TransactionLayer {
  readonly #clock: Clock;
  readonly #user: TransactionUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  /** What was answered, and is kept for its repetitions and ACKs alone, oldest first. */
  readonly #refused = new Set<ServerTransaction>();
  readonly #granted = new Set<ServerTransaction>();
  /** Merge key → transaction key, for requests outside of dialogs. */
  readonly #merging = new Map<string, string>();

  constructor(clock: Clock, user: TransactionUser) {
    this.#clock = clock;
    this.#user = user;
  }

  /** Transactions that have not ended. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /** Sends a request that has no Via yet. */
  send(request: SipRequest, via: Via, transport: TransactionTransport, handlers: ClientHandlers): ClientTransaction {
    const branch = newBranch();
    return this.#start(withVia(request, via, branch), clientKey(branch, request.method), transport, handlers);
  }

  /** Sends the ACK of a 2xx, which is no transaction: it is repeated when the 2xx is (RFC 3261 §13.2.2.4). */
  sendAck(request: SipRequest, via: Via, transport: TransactionTransport): void {
    transport.send(formatMessage(withVia(request, via, newBranch()))).catch(() => undefined);
  }

  /** Sends CANCEL for an INVITE that has had a provisional response (RFC 3261 §9.1). Its own answer decides nothing. */
  cancel(invite: ClientTransaction, transport: TransactionTransport): void {
    const request = invite.cancelRequest();
    const nothing = (): void => undefined;
    const branch = /branch=([^;]+)/.exec(headerValue(request, "via") ?? "")?.[1] ?? "";
    this.#start(request, clientKey(branch, "CANCEL"), transport, {
      response: nothing,
      timedOut: nothing,
      failed: nothing,
    });
  }

  #start(
    request: SipRequest,
    key: string,
    transport: TransactionTransport,
    handlers: ClientHandlers,
  ): ClientTransaction {
    const transaction = new ClientTransaction(request, transport, this.#clock, handlers, () =>
      this.#clients.delete(key),
    );
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  receive(message: SipMessage, transport: TransactionTransport): void {
    if (message.kind === "response") this.#receiveResponse(message);
    else if (message.method === "ACK") this.#receiveAck(message);
    else this.#receiveRequest(message, transport);
  }

  #receiveResponse(response: SipResponse): void {
    // RFC 3261 §8.1.3.3: one that names a further hop is not ours.
    if (headerValues(response, "via").length > 1) return;
    this.#clients.get(clientKeyOf(response))?.receive(response);
  }

  #receiveAck(request: SipRequest): void {
    const invite = this.#servers.get(serverKeyOf(request, "INVITE"));
    if (invite?.acknowledged() !== true) this.#user.ack(request);
  }

  #receiveRequest(request: SipRequest, transport: TransactionTransport): void {
    const key = serverKeyOf(request);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      known.repeated();
      return;
    }
    const merge = mergeKeyOf(request);
    const merged =
      !toOf(request).parameters.has("tag") && fromOf(request).parameters.has("tag") && this.#merging.has(merge);
    const own = request.method === "CANCEL" ? undefined : this.#user.answers;
    const transaction = new ServerTransaction(request, transport, this.#clock, own, {
      answered: (status) => {
        if (status >= 300) keep(this.#refused, transaction, LIMITS.sipRefused);
        else if (request.method !== "INVITE") keep(this.#granted, transaction, LIMITS.sipGranted);
      },
      ended: () => {
        this.#servers.delete(key);
        this.#refused.delete(transaction);
        this.#granted.delete(transaction);
        if (this.#merging.get(merge) === key) this.#merging.delete(merge);
      },
    });
    this.#servers.set(key, transaction);
    if (request.method === "CANCEL") this.#receiveCancel(transaction);
    else if (merged) transaction.respond(makeResponse(request, 482, transaction.toTag));
    else {
      this.#merging.set(merge, key);
      this.#user.request(transaction);
    }
  }

  #receiveCancel(cancel: ServerTransaction): void {
    const { request } = cancel;
    const invite = this.#servers.get(serverKeyOf(request, "INVITE"));
    cancel.respond(makeResponse(request, invite === undefined ? 481 : 200, invite?.toTag ?? cancel.toTag));
    if (invite !== undefined && invite.status < 200) invite.cancelled?.(request);
  }

  /** Drops every transaction with its timers; nothing more is sent. */
  dispose(): void {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.dispose();
    this.#clients.clear();
    this.#servers.clear();
    this.#refused.clear();
    this.#granted.clear();
    this.#merging.clear();
  }
}

/** A flood leaves little behind: what it repeats is answered anew. */
function keep(answered: Set<ServerTransaction>, transaction: ServerTransaction, most: number): void {
  answered.add(transaction);
  if (answered.size <= most) return;
  const [oldest] = answered;
  oldest?.forget();
}

const withVia = (request: SipRequest, { protocol, sentBy }: Via, branch: string): SipRequest => ({
  ...request,
  headers: [{ name: "via", value: `SIP/2.0/${protocol} ${sentBy};branch=${branch};rport` }, ...request.headers],
});
