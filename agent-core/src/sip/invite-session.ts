/**
 * An established INVITE dialog (RFC 3261 §12-15), either side: ends by BYE from here or there, or when the ACK never
 * comes. A re-INVITE is answered by the handler; one that meets ours on the way is answered 491 (§14.2).
 */
import { cseqOf, type Header, type SipRequest, type SipResponse } from "../wire/sip/index.ts";
import { type Dialog, keyOf, received, refreshed, requestIn } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { type Body, contents, type Reply } from "./reply.ts";
import { makeResponse } from "./response.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgent } from "./user-agent.ts";

export interface InviteSessionHandlers {
  /** The other side ended it, or never acknowledged. After it nothing more comes. */
  ended?(how: "bye" | "unacknowledged", request?: SipRequest): void;
  /** The ACK to our 200 is there. */
  acknowledged?(request: SipRequest): void;
  /** A re-INVITE: the answer to give. Default 488, the session goes on unchanged. */
  reinvited?(request: SipRequest): { readonly status: number } & Reply;
}

/** What this side waits for an ACK of. */
interface Unacknowledged {
  readonly cseq: number;
  readonly repeated: RepeatedAnswer;
}

export class InviteSession implements DialogUsage {
  readonly #agent: UserAgent;
  #dialog: Dialog;
  #handlers: InviteSessionHandlers;
  #unacknowledged: Unacknowledged | undefined;
  #reinviting = false;
  #byeWanted = false;
  #ended = false;

  private constructor(agent: UserAgent, dialog: Dialog, handlers: InviteSessionHandlers) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.#handlers = handlers;
    agent.dialogs.set(keyOf(dialog), this);
  }

  /** On the called side: sends the 2xx until its ACK. */
  static answering(
    agent: UserAgent,
    dialog: Dialog,
    handlers: InviteSessionHandlers,
    invite: ServerTransaction,
    answer: SipResponse,
  ): InviteSession {
    const session = new InviteSession(agent, dialog, handlers);
    session.#answer(invite, answer);
    return session;
  }

  /** On the caller's side: the 2xx was received, and `ack` goes out for it now and for each repetition. */
  static answered(agent: UserAgent, dialog: Dialog): InviteSession {
    return new InviteSession(agent, dialog, {});
  }

  /** Call-ID and tags: what Target-Dialog names. */
  get id(): { readonly callId: string; readonly localTag: string; readonly remoteTag: string } {
    const { callId, localTag, remoteTag } = this.#dialog;
    return { callId, localTag, remoteTag };
  }

  get ended(): boolean {
    return this.#ended;
  }

  handle(handlers: InviteSessionHandlers): void {
    this.#handlers = handlers;
  }

  /** Sends BYE; before the ACK has come it waits for it (RFC 3261 §15). */
  bye(): void {
    if (this.#ended) return;
    this.#handlers = {};
    if (this.#unacknowledged === undefined) this.#sendBye();
    else this.#byeWanted = true;
  }

  /** Sends a re-INVITE and resolves with its final response; its ACK is sent here. */
  async reinvite(body: Body): Promise<SipResponse> {
    this.#reinviting = true;
    try {
      const headers = [{ name: "contact", value: this.#agent.contact }];
      let cseq = 0;
      const response = await this.#agent.inviteIn(
        () => {
          const made = requestIn(this.#dialog, "INVITE", contents({ headers, body }));
          this.#dialog = made.dialog;
          cseq = cseqOf(made.request).number;
          return made.request;
        },
        () => this.ackRequest(cseq),
      );
      if (response.status < 300) this.#dialog = refreshed(this.#dialog, response);
      else if (response.status === 481 || response.status === 408) this.#finish("bye");
      return response;
    } finally {
      this.#reinviting = false;
    }
  }

  /** Sends a request other than INVITE and BYE and resolves with its final response. */
  request(method: string, headers: readonly Header[], body?: Body): Promise<SipResponse> {
    const contact = { name: "contact", value: this.#agent.contact };
    return this.#agent.authenticated(() => {
      const reply = { headers: [contact, ...headers], ...(body !== undefined && { body }) };
      const made = requestIn(this.#dialog, method, contents(reply));
      this.#dialog = made.dialog;
      return this.#agent.send(made.request);
    });
  }

  /** For the user agent: the ACK of a 2xx to the INVITE with this CSeq. */
  ackRequest(cseq: number): SipRequest {
    return requestIn(this.#dialog, "ACK", { cseq }).request;
  }

  ack(request: SipRequest): void {
    const waiting = this.#unacknowledged;
    if (waiting === undefined || cseqOf(request).number !== waiting.cseq) return;
    waiting.repeated.stop();
    this.#unacknowledged = undefined;
    if (this.#byeWanted) this.#sendBye();
    else this.#handlers.acknowledged?.(request);
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const incoming = new IncomingRequest(transaction);
    const dialog = received(this.#dialog, request);
    if (dialog === undefined) {
      incoming.respond(500);
      return;
    }
    this.#dialog = dialog;
    switch (request.method) {
      case "BYE":
        incoming.respond(200);
        this.#finish("bye", request);
        break;
      case "INVITE":
        this.#reinvited(transaction);
        break;
      default:
        this.#agent.serveInDialog(incoming, this);
    }
  }

  dispose(): void {
    this.#ended = true;
    this.#unacknowledged?.repeated.stop();
    this.#unacknowledged = undefined;
  }

  #reinvited(transaction: ServerTransaction): void {
    const { request } = transaction;
    const incoming = new IncomingRequest(transaction);
    if (this.#reinviting) {
      incoming.respond(491);
    } else if (this.#unacknowledged !== undefined) {
      // §14.2: the one before it is not finished.
      incoming.respond(500, { headers: [{ name: "retry-after", value: `${Math.floor(Math.random() * 10)}` }] });
    } else {
      const answer = this.#handlers.reinvited?.(request) ?? { status: 488 };
      if (answer.status >= 300) incoming.respond(answer.status, answer);
      else {
        const headers = [...(answer.headers ?? []), { name: "contact", value: this.#agent.contact }];
        this.#answer(
          transaction,
          makeResponse(request, answer.status, transaction.toTag, contents({ ...answer, headers })),
        );
      }
    }
  }

  #answer(invite: ServerTransaction, answer: SipResponse): void {
    const repeated = new RepeatedAnswer(
      this.#agent.options.clock,
      () => invite.respond(answer),
      () => {
        this.#unacknowledged = undefined;
        this.#sendBye();
        this.#handlers.ended?.("unacknowledged");
      },
    );
    this.#unacknowledged = { cseq: cseqOf(invite.request).number, repeated };
    repeated.start();
  }

  #finish(how: "bye" | "unacknowledged", request?: SipRequest): void {
    if (this.#ended) return;
    this.#leave();
    this.#handlers.ended?.(how, request);
  }

  #sendBye(): void {
    if (this.#ended) return;
    this.#leave();
    void this.#agent.authenticated(() => {
      const made = requestIn(this.#dialog, "BYE");
      this.#dialog = made.dialog;
      return this.#agent.send(made.request);
    });
  }

  #leave(): void {
    this.dispose();
    this.#agent.dialogs.delete(keyOf(this.#dialog));
  }
}
