/**
 * An established INVITE dialog (RFC 3261 §12-15), either side: ends by BYE from here or there, when the ACK never comes,
 * or when it expires (RFC 4028). Offers go out by re-INVITE or UPDATE; those of the peer are answered by the handler, and
 * by 491 where they meet ours.
 */
import { readable } from "../kernel/index.ts";
import { cseqOf, type Header, headerValue, type SipRequest, type SipResponse } from "../wire/sip/index.ts";
import { allowedBy, SUPPORTED } from "./capabilities.ts";
import { type Dialog, keyOf, received, refreshed, requestIn } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { RepeatedAnswer } from "./repeated-answer.ts";
import { type Body, contents, later, type Reply } from "./reply.ts";
import { isLocal, makeResponse } from "./response.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { type Agreement, answerTimer } from "./session-timer.ts";
import { type RefreshMethod, TargetRefresh } from "./target-refresh.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgentCore } from "./user-agent-core.ts";

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
  readonly #agent: UserAgentCore;
  #dialog: Dialog;
  #handlers: InviteSessionHandlers;
  #unacknowledged: Unacknowledged | undefined;
  readonly #keeper: SessionKeeper;
  readonly #refresh: TargetRefresh;
  /** RAck of the PRACK that may still come for our 180. */
  #rack: string | undefined;
  /** The last description of ours, which a refresh by re-INVITE repeats. */
  #local: Body | undefined;
  #peerAllows: readonly string[] = [];
  /** Whatever Allow says. */
  #updateRefused = false;
  #byeWanted = false;
  #ended = false;

  private constructor(agent: UserAgentCore, dialog: Dialog, handlers: InviteSessionHandlers, caller: boolean) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.#handlers = handlers;
    const { clock } = agent;
    this.#refresh = new TargetRefresh({
      clock,
      caller,
      busy: () => this.#unacknowledged !== undefined,
      send: (method, headers, body) => this.#send(method, headers, body),
    });
    this.#keeper = new SessionKeeper({
      clock,
      refresh: (interval) => this.#keepAlive({ interval, refresher: "us" }),
      expired: () => {
        this.#sendBye();
        this.#handlers.ended?.("expired");
      },
    });
    agent.dialogs.set(keyOf(dialog), this);
  }

  /**
   * On the called side: sends the 2xx with `local` until its ACK. `agreement`: the session timer it states. `rack`: of
   * a 180 that went out reliably.
   */
  static answering(
    agent: UserAgentCore,
    dialog: Dialog,
    handlers: InviteSessionHandlers,
    invite: ServerTransaction,
    answer: {
      readonly response: SipResponse;
      readonly local: Body;
      readonly agreement: Agreement | undefined;
      readonly rack: string | undefined;
    },
  ): InviteSession {
    const session = new InviteSession(agent, dialog, handlers, false);
    session.#local = answer.local;
    session.#rack = answer.rack;
    session.#peerAllows = allowedBy(invite.request) ?? [];
    session.#answer(invite, answer.response);
    session.#keeper.agreed(answer.agreement);
    return session;
  }

  /** On the caller's side: `response` is the 2xx to an INVITE that offered `local`. */
  static answered(agent: UserAgentCore, dialog: Dialog, response: SipResponse, local: Body | undefined): InviteSession {
    const session = new InviteSession(agent, dialog, {}, true);
    session.#local = local;
    session.#peerAllows = allowedBy(response) ?? [];
    session.#keeper.answered(response);
    return session;
  }

  /** Call-ID and tags: what Target-Dialog names. */
  get id(): { readonly callId: string; readonly localTag: string; readonly remoteTag: string } {
    const { callId, localTag, remoteTag } = this.#dialog;
    return { callId, localTag, remoteTag };
  }

  /** The peer's Contact, to which requests in the session go (seed 001: Session Identity, RFC 4579). */
  get identity(): string {
    return this.#dialog.remoteTarget;
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

  /**
   * Sends a re-INVITE with what `body` makes for each try, and resolves with its final response; its ACK is sent here. It
   * refreshes the session too. 408 and 481 end the session (RFC 3261 §12.2.1.2).
   */
  async reinvite(body: () => Body): Promise<SipResponse> {
    return this.#endingWith(await this.#refresh.send("INVITE", body, this.#keeper.agreement));
  }

  /** The same by UPDATE, for a peer that takes it and answers without asking anybody (RFC 3311 §5.1). */
  async update(body?: () => Body): Promise<SipResponse> {
    return this.#endingWith(await this.#refresh.send("UPDATE", body, this.#keeper.agreement));
  }

  #endingWith(response: SipResponse): SipResponse {
    const gone = response.status === 481 || response.status === 408;
    // A server that gave a wrong proof of itself is not spoken with any longer.
    if (!this.#ended && (gone || (response.status === 401 && isLocal(response)))) {
      this.#sendBye();
      this.#handlers.ended?.("bye");
    }
    return response;
  }

  /** RFC 4028 §10: by UPDATE where the peer takes it, else by a re-INVITE that changes nothing. */
  async #keepAlive(asked: Agreement): Promise<SipResponse> {
    const local = this.#local;
    if (local === undefined) return this.#refresh.send("UPDATE", undefined, asked);
    if (this.#peerAllows.includes("UPDATE") && !this.#updateRefused) {
      const response = await this.#refresh.send("UPDATE", undefined, asked);
      if (response.status !== 405 && response.status !== 501) return response;
      this.#updateRefused = true;
    }
    return this.#refresh.send("INVITE", () => local, asked);
  }

  /** One try. A 2xx moves the target and restarts the timer; what it accepted is what we offered last. */
  async #send(method: RefreshMethod, more: readonly Header[], body: Body | undefined): Promise<SipResponse> {
    const headers = [{ name: "contact", value: this.#agent.contact }, this.#agent.allow, ...more];
    let cseq = 0;
    const make = (): SipRequest => {
      const made = requestIn(this.#dialog, method, contents({ headers, ...(body !== undefined && { body }) }));
      this.#dialog = made.dialog;
      cseq = cseqOf(made.request).number;
      return made.request;
    };
    const response =
      method === "INVITE"
        ? await this.#agent.inviteIn(make, () => this.ackRequest(cseq))
        : await this.#agent.authenticated(() => this.#agent.send(make()));
    if (response.status >= 300 || this.#ended) return response;
    if (body !== undefined) this.#local = body;
    this.#peerAllows = allowedBy(response) ?? this.#peerAllows;
    this.#moveTo(response);
    this.#keeper.answered(response);
    return response;
  }

  /** A Contact that cannot be read moves nothing. */
  #moveTo(response: SipResponse): void {
    this.#dialog = readable(() => refreshed(this.#dialog, response)) ?? this.#dialog;
  }

  /** Sends a request other than INVITE, UPDATE and BYE and resolves with its final response. */
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
      case "PRACK":
        // It crossed our 200 (RFC 3262 §3).
        incoming.respond(this.#rack !== undefined && rackOf(request) === this.#rack ? 200 : 481);
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
    this.#refresh.stop();
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
    const answer =
      request.body.length > 0 ? this.#answerOffer(request) : this.#answerRefresh(request, () => ({ status: 200 }));
    incoming.respond(answer.status, answer);
  }

  #answerOffer(request: SipRequest): { readonly status: number } & Reply {
    if (this.#refresh.offering) return { status: 491 };
    // §14.2: the one before it is not finished.
    if (this.#unacknowledged !== undefined) return { status: 500, ...later() };
    return this.#answerRefresh(request, () => this.#handlers.reinvited?.(request) ?? { status: 488 });
  }

  /** Adds to a 2xx what one to a target refresh carries: our Contact, and the session timer agreed to. */
  #answerRefresh(
    request: SipRequest,
    answerWith: () => { readonly status: number } & Reply,
  ): { readonly status: number } & Reply {
    const timer = answerTimer(request);
    // Before anything changes.
    if (!timer.accept) return { status: 422, headers: timer.headers };
    const answer = answerWith();
    if (answer.status >= 300) return answer;
    if (answer.body !== undefined) this.#local = answer.body;
    this.#peerAllows = allowedBy(request) ?? this.#peerAllows;
    this.#keeper.agreed(timer.agreement);
    const contact = { name: "contact", value: this.#agent.contact };
    return { ...answer, headers: [...(answer.headers ?? []), contact, this.#agent.allow, SUPPORTED, ...timer.headers] };
  }

  #answer(invite: ServerTransaction, answer: SipResponse): void {
    const repeated = new RepeatedAnswer(
      this.#agent.clock,
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

/** RAck with single blanks: RSeq, CSeq, method (RFC 3262 §7.2). */
export const rackOf = (request: SipRequest): string | undefined =>
  headerValue(request, "rack")?.trim().replace(/\s+/g, " ");
