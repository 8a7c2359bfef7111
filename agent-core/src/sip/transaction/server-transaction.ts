/** A request from a peer until its answer is known to be there: a server machine with its timers (RFC 3261 §17.2). */
import { type Clock, randomToken } from "../../kernel/index.ts";
import { formatMessage, type Header, type SipRequest, type SipResponse } from "../../wire/sip/index.ts";
import type { TransactionTransport } from "./client-transaction.ts";
import { type InviteServerState, stepInviteServer } from "./invite-server.ts";
import { type Deed, Running, type ServerInput } from "./machine.ts";
import { type NonInviteServerState, stepNonInviteServer } from "./non-invite-server.ts";

export interface ServerHandlers {
  /** With a final answer, which is about to leave: only repetitions, further 2xx and an ACK can still come. Once, and before the end. */
  answered(status: number): void;
  ended(): void;
}

const NOTHING = new Uint8Array(0);

export class ServerTransaction {
  /** What a CANCEL does before the final answer to an INVITE. */
  cancelled: ((cancel: SipRequest) => void) | undefined;
  #request: SipRequest;
  /** What every response but 100 bears in To (RFC 3261 §8.2.6.2). */
  readonly toTag = randomToken(64);
  readonly #transport: TransactionTransport;
  readonly #handlers: ServerHandlers;
  readonly #own: Header | undefined;
  readonly #machine: Running<InviteServerState, ServerInput> | Running<NonInviteServerState, ServerInput>;
  #last: Uint8Array | undefined;
  #status = 0;

  /** `own`: stands in every answer but a 100. */
  constructor(
    request: SipRequest,
    transport: TransactionTransport,
    clock: Clock,
    own: Header | undefined,
    handlers: ServerHandlers,
  ) {
    this.#request = request;
    this.#own = own;
    this.#transport = transport;
    this.#handlers = handlers;
    const { reliable } = transport;
    const perform = (deed: Deed["type"]): void => this.#perform(deed);
    this.#machine =
      request.method === "INVITE"
        ? new Running<InviteServerState, ServerInput>(
            { name: "proceeding" },
            (s, i) => stepInviteServer(s, i, reliable),
            clock,
            perform,
          )
        : new Running<NonInviteServerState, ServerInput>(
            { name: "trying" },
            (s, i) => stepNonInviteServer(s, i, reliable),
            clock,
            perform,
          );
  }

  /** Until the final answer; then its method alone, so that what nobody acknowledges holds little. */
  get request(): SipRequest {
    return this.#request;
  }

  /** The status sent last; 0 before any. */
  get status(): number {
    return this.#status;
  }

  /** A provisional response, the final one, or the same 2xx again. Anything after a final response is ignored. */
  respond(response: SipResponse): void {
    const { status } = response;
    const again = this.#status >= 200 && this.#status < 300 && status === this.#status;
    if (this.#status >= 200 && !again) return;
    const own = this.#own === undefined || status === 100 ? [] : [this.#own];
    this.#last = formatMessage({ ...response, headers: [...response.headers, ...own] });
    this.#status = status;
    if (status >= 200) {
      this.cancelled = undefined;
      this.#request = { kind: "request", method: this.#request.method, requestUri: "", headers: [], body: NOTHING };
    }
    if (status >= 200 && !again) this.#handlers.answered(status);
    this.#machine.input({ type: "respond", status });
  }

  /** The same request again. */
  repeated(): void {
    this.#machine.input({ type: "repeated" });
  }

  /** An ACK with this transaction's branch. False: it is for a 2xx and belongs to the dialog. */
  acknowledged(): boolean {
    if (this.#status < 300) return false;
    this.#machine.input({ type: "ack" });
    return true;
  }

  dispose(): void {
    this.#machine.dispose();
  }

  /** Ends before its time. */
  forget(): void {
    this.dispose();
    this.#handlers.ended();
  }

  #perform(deed: Deed["type"]): void {
    if (deed === "end") this.#handlers.ended();
    // "timedOut" and "failed": the user has answered; an answer that nobody takes is the peer's affair.
    if (deed !== "send" || this.#last === undefined) return;
    this.#transport.send(this.#last).catch(() => this.#machine.input({ type: "transportFailed" }));
  }
}
