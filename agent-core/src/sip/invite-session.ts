/**
 * An established INVITE dialog (RFC 3261 §12-15), either side: ends by BYE from here or there, or when the ACK never
 * comes. A re-INVITE is answered by the handler; one that meets ours on the way is answered 491 (§14.2).
 */
import {
  cseqOf,
  formatSessionExpires,
  type Header,
  headerValue,
  headerValues,
  MIN_SE,
  parseMinSe,
  type SipRequest,
  type SipResponse,
} from "../wire/sip/index.ts";
import { ALLOW, SUPPORTED_TIMER } from "./capabilities.ts";
import { type Dialog, keyOf, received, refreshed, requestIn } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { type Body, contents, type Reply } from "./reply.ts";
import { makeResponse } from "./response.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { type Agreement, answerTimer } from "./session-timer.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgent } from "./user-agent.ts";

export interface InviteSessionHandlers {
  /** The other side ended it, never acknowledged, or let it expire. After it nothing more comes. */
  ended?(how: "bye" | "unacknowledged" | "expired", request?: SipRequest): void;
  /** The ACK to our 200 is there. */
  acknowledged?(request: SipRequest): void;
  /** A re-INVITE, or an UPDATE with an offer: the answer to give. Default 488, the session goes on unchanged. */
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
  readonly #keeper: SessionKeeper;
  /** The last description of ours, which a refresh by re-INVITE repeats. */
  #local: Body | undefined;
  #peerAllows: readonly string[] = [];
  #reinviting = false;
  #byeWanted = false;
  #ended = false;

  private constructor(agent: UserAgent, dialog: Dialog, handlers: InviteSessionHandlers) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.#handlers = handlers;
    this.#keeper = new SessionKeeper({
      clock: agent.options.clock,
      refresh: (interval) => this.#refresh(interval),
      expired: () => {
        this.#sendBye();
        this.#handlers.ended?.("expired");
      },
    });
    agent.dialogs.set(keyOf(dialog), this);
  }

  /** On the called side: sends the 2xx with `local` until its ACK. `agreement`: the session timer it states. */
  static answering(
    agent: UserAgent,
    dialog: Dialog,
    handlers: InviteSessionHandlers,
    invite: ServerTransaction,
    answer: { readonly response: SipResponse; readonly local: Body; readonly agreement: Agreement | undefined },
  ): InviteSession {
    const session = new InviteSession(agent, dialog, handlers);
    session.#local = answer.local;
    session.#peerAllows = headerValues(invite.request, "allow");
    session.#answer(invite, answer.response);
    session.#keeper.agreed(answer.agreement);
    return session;
  }

  /** On the caller's side: `response` is the 2xx to an INVITE that offered `local`. */
  static answered(agent: UserAgent, dialog: Dialog, response: SipResponse, local: Body | undefined): InviteSession {
    const session = new InviteSession(agent, dialog, {});
    session.#local = local;
    session.#peerAllows = headerValues(response, "allow");
    session.#keeper.answered(response);
    return session;
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

  /** Sends a re-INVITE and resolves with its final response; its ACK is sent here. It refreshes the session too. */
  async reinvite(body: Body): Promise<SipResponse> {
    this.#local = body;
    const response = await this.#reinvite(body, [SUPPORTED_TIMER]);
    if (response.status < 300) this.#keeper.answered(response);
    return response;
  }

  async #reinvite(body: Body, more: readonly Header[]): Promise<SipResponse> {
    this.#reinviting = true;
    try {
      const headers = [{ name: "contact", value: this.#agent.contact }, ...more];
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

  /** RFC 4028 §10: by UPDATE where the peer takes it, else by a re-INVITE that changes nothing; a 422 raises the interval. */
  async #refresh(asked: number): Promise<SipResponse> {
    let interval = asked;
    for (let tries = 0; ; tries++) {
      const headers = [SUPPORTED_TIMER, ...timerHeaders(interval)];
      const byUpdate = this.#peerAllows.includes("UPDATE") || this.#local === undefined;
      const response =
        byUpdate || this.#local === undefined
          ? await this.request("UPDATE", headers)
          : await this.#reinvite(this.#local, headers);
      if (response.status !== 422 || tries === 2) return response;
      interval = Math.max(interval, parseMinSe(headerValue(response, "min-se")));
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
      case "UPDATE":
        this.#updated(incoming);
        break;
      default:
        this.#agent.serveInDialog(incoming, this);
    }
  }

  dispose(): void {
    this.#ended = true;
    this.#unacknowledged?.repeated.stop();
    this.#unacknowledged = undefined;
    this.#keeper.stop();
  }

  #reinvited(transaction: ServerTransaction): void {
    const { request } = transaction;
    const answer = this.#answerOffer(request);
    if (answer.status >= 300) new IncomingRequest(transaction).respond(answer.status, answer);
    else this.#answer(transaction, makeResponse(request, answer.status, transaction.toTag, contents(answer)));
  }

  /** RFC 3311 §5.2: without an offer it refreshes, with one it is answered as a re-INVITE is. */
  #updated(incoming: IncomingRequest): void {
    const { request } = incoming;
    const answer = request.body.length > 0 ? this.#answerOffer(request) : this.#answerRefresh(request, { status: 200 });
    incoming.respond(answer.status, answer);
  }

  #answerOffer(request: SipRequest): { readonly status: number } & Reply {
    if (this.#reinviting) return { status: 491 };
    // §14.2: the one before it is not finished.
    if (this.#unacknowledged !== undefined) {
      return { status: 500, headers: [{ name: "retry-after", value: `${Math.floor(Math.random() * 10)}` }] };
    }
    const answer = this.#handlers.reinvited?.(request) ?? { status: 488 };
    if (answer.status >= 300) return answer;
    if (answer.body !== undefined) this.#local = answer.body;
    return this.#answerRefresh(request, answer);
  }

  /** Adds what a 2xx to a target refresh carries: our Contact, and the session timer agreed to. */
  #answerRefresh(
    request: SipRequest,
    answer: { readonly status: number } & Reply,
  ): { readonly status: number } & Reply {
    const timer = answerTimer(request);
    if (!timer.accept) return { status: 422, headers: timer.headers };
    this.#keeper.agreed(timer.agreement);
    const contact = { name: "contact", value: this.#agent.contact };
    return { ...answer, headers: [...(answer.headers ?? []), contact, ALLOW, SUPPORTED_TIMER, ...timer.headers] };
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

/** What a request of ours says when it begins or refreshes a session: whoever sends it refreshes on. */
export const timerHeaders = (interval: number): readonly Header[] => [
  { name: "session-expires", value: formatSessionExpires({ interval, refresher: "uac" }) },
  ...(interval > MIN_SE ? [{ name: "min-se", value: `${MIN_SE}` }] : []),
];
