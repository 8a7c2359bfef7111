/** A request of ours until its final response: a client machine with its timers and a transport (RFC 3261 §17.1). */
import type { Clock } from "../../kernel/index.ts";
import { cseqOf, formatMessage, headerValue, type SipRequest, type SipResponse } from "../../wire/sip/index.ts";
import { type InviteClientState, stepInviteClient } from "./invite-client.ts";
import { type ClientInput, type Deed, Running } from "./machine.ts";
import { type NonInviteClientState, stepNonInviteClient } from "./non-invite-client.ts";

/** What a transaction sends over. */
export interface TransactionTransport {
  /** Retransmission is the transport's own affair. */
  readonly reliable: boolean;
  /** Rejects when the bytes cannot have gone out. */
  send(bytes: Uint8Array): Promise<void>;
}

export interface ClientHandlers {
  /** Provisional ones, the final one, and for an INVITE every further 2xx. */
  response(response: SipResponse): void;
  timedOut(): void;
  failed(): void;
}

export class ClientTransaction {
  readonly request: SipRequest;
  readonly #transport: TransactionTransport;
  readonly #handlers: ClientHandlers;
  readonly #ended: () => void;
  readonly #machine: Running<InviteClientState, ClientInput> | Running<NonInviteClientState, ClientInput>;
  #response: SipResponse | undefined;

  /** `request` carries its Via. `ended` is called once, when nothing more can come. */
  constructor(
    request: SipRequest,
    transport: TransactionTransport,
    clock: Clock,
    handlers: ClientHandlers,
    ended: () => void,
  ) {
    this.request = request;
    this.#transport = transport;
    this.#handlers = handlers;
    this.#ended = ended;
    const { reliable } = transport;
    const perform = (deed: Deed["type"]): void => this.#perform(deed);
    this.#machine =
      request.method === "INVITE"
        ? new Running<InviteClientState, ClientInput>(
            { name: "idle" },
            (s, i) => stepInviteClient(s, i, reliable),
            clock,
            perform,
          )
        : new Running<NonInviteClientState, ClientInput>(
            { name: "idle" },
            (s, i) => stepNonInviteClient(s, i, reliable),
            clock,
            perform,
          );
  }

  start(): void {
    this.#machine.input({ type: "start" });
  }

  receive(response: SipResponse): void {
    this.#response = response;
    this.#machine.input({ type: "response", status: response.status });
  }

  /** The status received last; 0 before any. */
  get status(): number {
    return this.#response?.status ?? 0;
  }

  /** CANCEL for this INVITE (RFC 3261 §9.1): same branch, same CSeq number. From now on its end is awaited for 64·T1. */
  cancelRequest(): SipRequest {
    this.#machine.input({ type: "cancelled" });
    return this.#sibling("CANCEL", undefined);
  }

  dispose(): void {
    this.#machine.dispose();
  }

  #perform(deed: Deed["type"]): void {
    switch (deed) {
      case "send":
        this.#send(this.request);
        break;
      case "ack":
        // RFC 3261 §17.1.1.3: the To of the response, everything else of the INVITE.
        this.#send(this.#sibling("ACK", this.#response && headerValue(this.#response, "to")));
        break;
      case "pass":
        if (this.#response !== undefined) this.#handlers.response(this.#response);
        break;
      case "timedOut":
        this.#handlers.timedOut();
        break;
      case "failed":
        this.#handlers.failed();
        break;
      case "end":
        this.#ended();
        break;
    }
  }

  #send(message: SipRequest): void {
    this.#transport.send(formatMessage(message)).catch(() => this.#machine.input({ type: "transportFailed" }));
  }

  /** A request of another method with this one's Via, Route, identifiers and CSeq number. */
  #sibling(method: string, to: string | undefined): SipRequest {
    const shared = new Set(["via", "route", "max-forwards", "from", "to", "call-id"]);
    const headers = this.request.headers
      .filter(({ name }) => shared.has(name))
      .map((header) => (header.name === "to" && to !== undefined ? { ...header, value: to } : header));
    const { requestUri } = this.request;
    const cseq = { name: "cseq", value: `${cseqOf(this.request).number} ${method}` };
    return { kind: "request", method, requestUri, headers: [...headers, cseq], body: new Uint8Array(0) };
  }
}
