/** An offer's INVITE and its dialog: the answer, further offers, CANCEL and BYE (seed 001 §6.5.1). */
import { InletError, type Reason, reason } from "../kernel/index.ts";
import type { Body, IncomingInvite, InviteSession, Reply } from "../sip/index.ts";
import { type MediaDescription, parseSessionDescription } from "../wire/sdp/index.ts";
import {
  type Header,
  headerValue,
  PUSH_SERVICE,
  reasonOf,
  type SipReason,
  type SipRequest,
} from "../wire/sip/index.ts";
import { Answers } from "./answer.ts";
import { ownHost, type PushEnvironment } from "./environment.ts";
import { type Invitation, type OfferedLine, readDescription } from "./invitation.ts";
import { LineSession } from "./line-session.ts";
import type { LineTransfer } from "./line-transfer.ts";
import type { OfferSource, OfferSourceEvents } from "./offer-source.ts";
import { refusalHeaders, refuseOffer } from "./refuse-offer.ts";
import type { Extent, TransferEvents, TransferSession } from "./transfer-session.ts";

export interface InviteSourceOptions {
  readonly invite: IncomingInvite;
  readonly invitation: Invitation;
  readonly environment: PushEnvironment;
  readonly account: string;
  /** Of o= (RFC 8866 §5.2). */
  readonly session: number;
}

export class InviteSource implements OfferSource {
  readonly #options: InviteSourceOptions;
  readonly #invite: IncomingInvite;
  readonly #host: string;
  readonly #answers: Answers;
  #events: OfferSourceEvents | undefined;
  #session: InviteSession | undefined;
  #transfers: ReadonlyMap<number, LineTransfer> = new Map();
  /** By line: whether it needs the sender to take its other path. */
  readonly #movedLines = new Map<number, boolean>();

  constructor(options: InviteSourceOptions) {
    const { invite, invitation, session, environment, account } = options;
    this.#options = options;
    this.#invite = invite;
    this.#host = ownHost(environment, account);
    this.#answers = new Answers(invitation, { takenTypes: environment.takenTypes, host: this.#host }, session);
  }

  kept(): undefined {
    return undefined;
  }

  listen(events: OfferSourceEvents): void {
    this.#events = events;
    const withdrawn = (): void => events.withdrawn(withdrawal(this.#invite.cancelReason));
    if (this.#invite.answered) withdrawn();
    else this.#invite.cancelled = withdrawn;
  }

  ring(): void {
    this.#invite.ring();
  }

  reject(status: number, why: Reason): void {
    // RFC 3261 §13.3.1: an invitation that has lapsed by its own word.
    const lapsed = why.code === "INLET_OFFER_EXPIRED" && this.#options.invitation.decideBy !== undefined;
    this.#invite.reject(lapsed ? 487 : status, { headers: refusalHeaders(why, this.#host) });
  }

  open({ media, file }: OfferedLine, extent: Extent, events: TransferEvents): TransferSession {
    if (media === undefined) throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA");
    const { environment, account } = this.#options;
    return new LineSession({
      environment,
      account,
      media,
      ...extent,
      ...events,
      moved: (needed) => this.#moved(file.index, needed),
    });
  }

  accept(transfers: ReadonlyMap<number, LineTransfer>): void {
    this.#transfers = transfers;
    const sdp = this.#answers.first(transfers);
    this.#session = this.#invite.accept(
      { contentType: "application/sdp", content: sdp },
      { headers: serviceTag(this.#invite.request) },
      {
        acknowledged: () => {
          for (const transfer of transfers.values()) transfer.begin();
        },
        reinvited: (request) => this.#reinvited(request),
        ended: (how, request) => this.#events?.released((request && reasonOf(request)?.words) ?? SILENCE[how]),
      },
    );
  }

  settled(): void {
    // Its BYE is waited for.
  }

  bye(): void {
    this.#session?.bye();
  }

  /** A line has another path. Those that move in the same turn go into one re-INVITE. */
  #moved(index: number, needed: boolean): void {
    this.#movedLines.set(index, needed || this.#movedLines.get(index) === true);
    if (this.#movedLines.size === 1) queueMicrotask(() => void this.#tellMoved());
  }

  /** What the sender does not take ends at once, where it needed another path. */
  async #tellMoved(): Promise<void> {
    const lines = [...this.#movedLines];
    this.#movedLines.clear();
    const body = (): Body => ({ contentType: "application/sdp", content: this.#answers.again(this.#transfers) });
    let answered: readonly MediaDescription[] = [];
    try {
      const response = await this.#session?.reinvite(body);
      if (response !== undefined && response.status < 300) answered = parseSessionDescription(response.body).media;
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
    }
    for (const [index, needed] of lines) {
      if (!needed || (answered[index]?.port ?? 0) > 0) continue;
      this.#transfers.get(index)?.stop(reason("INLET_MSRP_CONNECTION_LOST", "the sender takes no other path"));
    }
  }

  /** A re-INVITE, or an UPDATE with an offer: lines that it closes end there. */
  #reinvited(request: SipRequest): { readonly status: number } & Reply {
    const body = (sdp: string): { readonly status: number } & Reply => ({
      status: 200,
      body: { contentType: "application/sdp", content: sdp },
    });
    if (request.body.length === 0) return body(this.#answers.sdp);
    try {
      const answer = this.#answers.next(readDescription(request).description, this.#transfers);
      if (answer === undefined) return { status: 488 };
      for (const index of answer.closed) this.#events?.lineClosed(index);
      return body(answer.sdp);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      return refuseOffer(error, this.#host);
    }
  }
}

/** How a sender ended the session that did not say so. */
const SILENCE = { bye: undefined, unacknowledged: "it never acknowledged the answer", expired: "its session expired" };

/** RFC 3326: a proxy that cancels what was answered says so. */
const withdrawal = (why: SipReason | undefined): Reason =>
  why?.status === 200 ? reason("INLET_OFFER_ELSEWHERE") : reason("INLET_OFFER_WITHDRAWN", why?.words);

/**
 * Seed 001 §6.5.1.1 wants the service in Accept-Contact of the 200 too, where RFC 3841 has no such header: only who asked with
 * one is answered with one. The Contact says it always.
 */
const serviceTag = (request: SipRequest): readonly Header[] =>
  headerValue(request, "accept-contact") === undefined ? [] : [{ name: "accept-contact", value: `*;${PUSH_SERVICE}` }];
