/**
 * An INVITE that waits for a decision (RFC 3261 §13.3): ring, accept, reject; CANCEL or BYE ends it from the other side.
 * While it rings there is an early dialog, in which PRACK and UPDATE come.
 */
import {
  cseqOf,
  headerValue,
  headerValues,
  optionTags,
  parseTargetDialog,
  reasonOf,
  type SipReason,
  type SipRequest,
} from "../wire/sip/index.ts";
import { SUPPORTED } from "./capabilities.ts";
import { type Dialog, dialogKey, dialogOfCalled, keyOf, received } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { InviteSession, type InviteSessionHandlers, rackOf } from "./invite-session.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { type Body, contents, later, type Reply } from "./reply.ts";
import { makeResponse } from "./response.ts";
import { answerTimer } from "./session-timer.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgentCore } from "./user-agent-core.ts";

export class IncomingInvite implements DialogUsage {
  /** Called once when the caller cancels before the final answer; the INVITE is then answered 487. */
  cancelled: (() => void) | undefined;
  /** By which it did; undefined where it did not say. */
  cancelReason: SipReason | undefined;
  readonly request: SipRequest;
  readonly #agent: UserAgentCore;
  readonly #transaction: ServerTransaction;
  #early: Dialog | undefined;
  #reliable: { readonly rack: string; readonly repeated: RepeatedAnswer } | undefined;

  constructor(agent: UserAgentCore, transaction: ServerTransaction) {
    this.#agent = agent;
    this.request = transaction.request;
    this.#transaction = transaction;
  }

  /** What Target-Dialog names (RFC 4538): a dialog of ours, none, or one that does not stand. Fails with INLET_SIP_SYNTAX. */
  get target(): DialogUsage | "none" | "unknown" {
    const value = headerValue(this.request, "target-dialog");
    if (value === undefined) return "none";
    const { callId, localTag, remoteTag } = parseTargetDialog(value);
    return this.#agent.dialogs.get(dialogKey(callId, localTag, remoteTag)) ?? "unknown";
  }

  /** True after a final answer from either side. */
  get answered(): boolean {
    return this.#transaction.status >= 200;
  }

  /** 100, where a decision takes its time and the transport loses messages. */
  trying(): void {
    this.#respond(100, {});
  }

  /** 180; reliably where the caller requires that (RFC 3262 §3): again until its PRACK, refused where none comes. */
  ring(): void {
    if (this.answered) return;
    if (this.#early === undefined) {
      this.#early = dialogOfCalled(this.request, this.#transaction.toTag);
      this.#agent.dialogs.set(keyOf(this.#early), this);
    }
    if (!optionTags(this.request, "require").includes("100rel")) {
      this.#respond(180, { headers: this.#dialogHeaders() });
      return;
    }
    if (this.#reliable !== undefined) return;
    const rseq = 1 + Math.floor(Math.random() * 2 ** 30);
    const reliably = [
      { name: "require", value: "100rel" },
      { name: "rseq", value: `${rseq}` },
    ];
    const repeated = new RepeatedAnswer(
      this.#agent.clock,
      () => this.#respond(180, { headers: [...this.#dialogHeaders(), ...reliably] }),
      () => this.cancel(),
    );
    this.#reliable = { rack: `${rseq} ${cseqOf(this.request).number} INVITE`, repeated };
    repeated.start();
  }

  /** Requests of the early dialog. */
  receive(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    const dialog = this.#early && received(this.#early, transaction.request);
    if (dialog === undefined) {
      incoming.respond(500);
      return;
    }
    this.#early = dialog;
    const { request } = transaction;
    switch (request.method) {
      case "PRACK":
        if (this.#reliable !== undefined && rackOf(request) === this.#reliable.rack) {
          this.#reliable.repeated.stop();
          incoming.respond(200);
        } else incoming.respond(481);
        break;
      case "BYE":
        // RFC 3261 §15: a caller may end an early dialog so.
        incoming.respond(200);
        this.cancel(request);
        break;
      case "INVITE":
        // §14.2: the first is not answered.
        incoming.respond(500, later());
        break;
      case "UPDATE":
        // RFC 3311 §5.2: an offer of its own is not answered while the first one is not.
        if (request.body.length > 0) incoming.respond(500, later());
        else incoming.respond(200, { headers: [this.#agent.allow, ...this.#dialogHeaders()] });
        break;
      default:
        this.#agent.serveInDialog(incoming);
    }
  }

  ack(): void {
    // The ACK of a 2xx goes to the session that the 2xx made.
  }

  dispose(): void {
    this.#reliable?.repeated.stop();
  }

  /** A final answer goes out: the early dialog is over, or becomes a session. */
  #leaveEarly(): void {
    this.#reliable?.repeated.stop();
    if (this.#early !== undefined) this.#agent.dialogs.delete(keyOf(this.#early));
  }

  /** 200 with `body`. Must not be called once `answered`. */
  accept(body: Body, reply: Reply, handlers: InviteSessionHandlers): InviteSession {
    const dialog = this.#early ?? dialogOfCalled(this.request, this.#transaction.toTag);
    this.#leaveEarly();
    const timer = answerTimer(this.request);
    const own = [...this.#dialogHeaders(), this.#agent.allow, SUPPORTED, ...timer.headers];
    const response = this.#response(200, { ...reply, headers: [...own, ...(reply.headers ?? [])], body });
    const agreement = timer.accept ? timer.agreement : undefined;
    return InviteSession.answering(this.#agent, dialog, handlers, this.#transaction, {
      response,
      local: body,
      agreement,
      rack: this.#reliable?.rack,
    });
  }

  /** A final answer from 300 up; ignored once `answered`. */
  reject(status: number, reply: Reply = {}): void {
    this.#respond(status, reply);
  }

  /** For the user agent: the caller wants it no more (CANCEL, BYE), or is gone. */
  cancel(by?: SipRequest): void {
    if (this.answered) return;
    this.cancelReason = by && reasonOf(by);
    this.#respond(by === undefined ? 504 : 487, {});
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
    if (this.answered) return;
    if (status >= 300) this.#leaveEarly();
    this.#transaction.respond(this.#response(status, reply));
  }
}
