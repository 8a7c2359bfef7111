/** An INVITE that waits for a decision (RFC 3261 §13.3): ring, accept, reject; CANCEL ends it from the other side. */
import type { SipRequest } from "../wire/sip/index.ts";
import { headerValues } from "../wire/sip/index.ts";
import { ALLOW, SUPPORTED_TIMER } from "./capabilities.ts";
import { dialogOfCalled } from "./dialog.ts";
import { InviteSession, type InviteSessionHandlers } from "./invite-session.ts";
import { type Body, contents, type Reply } from "./reply.ts";
import { makeResponse } from "./response.ts";
import { answerTimer } from "./session-timer.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { UserAgent } from "./user-agent.ts";

export class IncomingInvite {
  /** Called once when the caller cancels before the final answer; the INVITE is then answered 487. */
  cancelled: (() => void) | undefined;
  readonly #agent: UserAgent;
  readonly #transaction: ServerTransaction;

  constructor(agent: UserAgent, transaction: ServerTransaction) {
    this.#agent = agent;
    this.#transaction = transaction;
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  /** True after a final answer from either side. */
  get answered(): boolean {
    return this.#transaction.status >= 200;
  }

  /** 100, where a decision takes its time and the transport loses messages. */
  trying(): void {
    this.#respond(100, {});
  }

  /** 180. */
  ring(): void {
    this.#respond(180, { headers: this.#dialogHeaders() });
  }

  /** 200 with `body`. Must not be called once `answered`. */
  accept(body: Body, reply: Reply, handlers: InviteSessionHandlers): InviteSession {
    const dialog = dialogOfCalled(this.request, this.#transaction.toTag);
    const timer = answerTimer(this.request);
    const own = [...this.#dialogHeaders(), ALLOW, SUPPORTED_TIMER, ...timer.headers];
    const response = this.#response(200, { ...reply, headers: [...own, ...(reply.headers ?? [])], body });
    const agreement = timer.accept ? timer.agreement : undefined;
    return InviteSession.answering(this.#agent, dialog, handlers, this.#transaction, {
      response,
      local: body,
      agreement,
    });
  }

  /** A final answer from 300 up; ignored once `answered`. */
  reject(status: number, reply: Reply = {}): void {
    this.#respond(status, reply);
  }

  /** For the user agent: CANCEL came. */
  cancel(): void {
    if (this.answered) return;
    this.#respond(487, {});
    this.cancelled?.();
  }

  #dialogHeaders(): { name: string; value: string }[] {
    const routes = headerValues(this.request, "record-route").map((value) => ({ name: "record-route", value }));
    return [...routes, { name: "contact", value: this.#agent.contact }];
  }

  #response(status: number, reply: Reply): ReturnType<typeof makeResponse> {
    const { reasonPhrase } = reply;
    const more = { ...contents(reply), ...(reasonPhrase !== undefined && { reasonPhrase }) };
    return makeResponse(this.request, status, this.#transaction.toTag, more);
  }

  #respond(status: number, reply: Reply): void {
    if (!this.answered) this.#transaction.respond(this.#response(status, reply));
  }
}
