/**
 * What stands while an INVITE of ours waits for its final answer (RFC 3261 §12.1.2): an early dialog for each one that
 * rings. Reliable provisional answers are acknowledged by PRACK, in their order (RFC 3262 §4); UPDATE is answered.
 */
import { InletError, LIMITS } from "../kernel/index.ts";
import { cseqOf, headerValue, optionTags, type SipRequest, type SipResponse, toOf } from "../wire/sip/index.ts";
import { type Dialog, dialogOfCaller, keyOf, received, requestIn, tagOf } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgentCore } from "./user-agent-core.ts";

export class EarlyDialogs {
  readonly #agent: UserAgentCore;
  /** By To tag. */
  readonly #dialogs = new Map<string, EarlyDialog>();

  constructor(agent: UserAgentCore) {
    this.#agent = agent;
  }

  /** One that names no dialog, or cannot be read, changes nothing. */
  provisional(invite: SipRequest, response: SipResponse): void {
    try {
      const tag = tagOf(toOf(response));
      if (response.status === 100 || tag === "") return;
      let early = this.#dialogs.get(tag);
      if (early === undefined) {
        if (this.#dialogs.size >= LIMITS.sipEarlyDialogs) return;
        early = new EarlyDialog(this.#agent, dialogOfCaller(invite, response));
        this.#dialogs.set(tag, early);
      }
      if (optionTags(response, "require").includes("100rel")) early.acknowledge(response);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#agent.log("info", "sip.provisional.unusable", { code: error.code, detail: error.detail });
    }
  }

  /** The dialog that a 2xx confirms; its numbers go on where those of its early one were. */
  confirmed(invite: SipRequest, response: SipResponse): Dialog {
    const dialog = dialogOfCaller(invite, response);
    const early = this.#dialogs.get(dialog.remoteTag)?.dialog;
    if (early === undefined) return dialog;
    return { ...dialog, localCSeq: Math.max(dialog.localCSeq, early.localCSeq), remoteCSeq: early.remoteCSeq };
  }

  /** A 2xx with the answer that came ahead of it, in a reliable provisional one. */
  completed(response: SipResponse): SipResponse {
    const answer = this.#dialogs.get(tagOf(toOf(response)))?.answer;
    const type = answer && headerValue(answer, "content-type");
    if (response.body.length > 0 || answer === undefined || type === undefined) return response;
    return { ...response, headers: [...response.headers, { name: "content-type", value: type }], body: answer.body };
  }

  /** The final answer is there. */
  end(): void {
    for (const early of this.#dialogs.values()) early.leave();
  }
}

class EarlyDialog implements DialogUsage {
  readonly #agent: UserAgentCore;
  dialog: Dialog;
  /** The reliable provisional answer with a description. */
  answer: SipResponse | undefined;
  #rseq: number | undefined;

  constructor(agent: UserAgentCore, dialog: Dialog) {
    this.#agent = agent;
    this.dialog = dialog;
    agent.dialogs.set(keyOf(dialog), this);
  }

  /** By PRACK, once; what comes out of order is left to come again. */
  acknowledge(response: SipResponse): void {
    const rseq = Number(headerValue(response, "rseq"));
    if (!Number.isInteger(rseq) || rseq < 1) throw new InletError("INLET_SIP_SYNTAX", "RSeq");
    if (this.#rseq !== undefined && rseq !== this.#rseq + 1) return;
    this.#rseq = rseq;
    if (response.body.length > 0) this.answer ??= response;
    const rack = { name: "rack", value: `${rseq} ${cseqOf(response).number} INVITE` };
    void this.#agent.authenticated(() => {
      const made = requestIn(this.dialog, "PRACK", { headers: [rack] });
      this.dialog = made.dialog;
      return this.#agent.send(made.request);
    });
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const incoming = new IncomingRequest(transaction);
    const dialog = received(this.dialog, request);
    if (dialog === undefined) {
      incoming.respond(500);
      return;
    }
    this.dialog = dialog;
    if (request.method !== "UPDATE") this.#agent.serveInDialog(incoming);
    // RFC 3311 §5.2: our own offer is not answered yet.
    else if (request.body.length > 0) incoming.respond(491);
    else incoming.respond(200, { headers: [this.#agent.allow, { name: "contact", value: this.#agent.contact }] });
  }

  ack(): void {
    // The ACK of a 2xx is sent by this side.
  }

  dispose(): void {
    // Holds no timer.
  }

  leave(): void {
    const key = keyOf(this.dialog);
    if (this.#agent.dialogs.get(key) === this) this.#agent.dialogs.delete(key);
  }
}
