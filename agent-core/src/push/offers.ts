/** All offers of the agent: taken from INVITEs, found by id, bounded in number, stopped together. */
import { type ErrorCode, InletError, LIMITS, type Reason, randomToken, reason } from "../kernel/index.ts";
import type { IncomingInvite } from "../sip/index.ts";
import { headerValue, pushReferences, type SipRequest } from "../wire/sip/index.ts";
import { ownHost, type PushEnvironment } from "./environment.ts";
import { withWhatIsHere } from "./going-on.ts";
import { IncomingOffer, type IncomingOfferOptions } from "./incoming-offer.ts";
import { type Icon, type Invitation, isReceivable, type Offered, readInvitation } from "./invitation.ts";
import { InviteSource } from "./invite-source.ts";
import { againOffered, decideBy, keptLinks, readLinks } from "./link-invitation.ts";
import { LinkSource } from "./link-source.ts";
import type { MessageParts } from "./message-parts.ts";
import type { OfferSource } from "./offer-source.ts";
import { pushKindOf } from "./push-kind.ts";
import { refuseOffer } from "./refuse-offer.ts";
import { senderOf } from "./sender.ts";
import { Turns } from "./turns.ts";

const TOO_MANY = new InletError("INLET_TOO_MANY_OFFERS");

export class Offers {
  readonly #environment: PushEnvironment;
  readonly #offers = new Map<string, IncomingOffer>();
  readonly #linkTurns = new Turns(LIMITS.linksAtOnce);
  #idle: (() => void) | undefined;

  constructor(environment: PushEnvironment) {
    this.#environment = environment;
  }

  /** Takes an INVITE for `account`: it becomes an offer, or is answered with what is wrong with it. */
  receive(account: string, invite: IncomingInvite): void {
    const { host } = this.#environment.msrp;
    // Before anything is read of it: a flood costs as little as can be.
    if (this.#deciding("session") >= LIMITS.openOffers) {
      const { status, ...reply } = refuseOffer(TOO_MANY, host);
      invite.reject(status, reply);
    } else void this.#take(account, invite);
  }

  async #take(account: string, invite: IncomingInvite): Promise<void> {
    const { request } = invite;
    const environment = this.#environment;
    let invitation: Invitation | undefined;
    try {
      const read = readInvitation(request, environment.clock.now(), environment.takenTypes);
      for (const offer of this.#offers.values()) offer.giveWay(account, read);
      invitation = withWhatIsHere(environment, account, read);
      if (!environment.rate.take(invitation.from)) throw new InletError("INLET_TOO_MANY_PUSHES");
      this.#admit(invitation, "session");
      const session = environment.clock.now();
      const source = new InviteSource({ invite, invitation, environment, account, session });
      await this.#open(account, request, invitation, source);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      environment.log("info", "push.offer.refused", { code: error.code, detail: error.detail });
      const { status, ...reply } = refuseOffer(error, ownHost(environment, account));
      invite.reject(status, reply);
      if (invitation !== undefined && status === 488) this.#recordRefused(account, request, invitation, error.reason);
    }
  }

  /** Nobody was asked about it, but whoever looks finds why. */
  #recordRefused(account: string, request: SipRequest, invitation: Invitation, why: Reason): void {
    const { clock, store, channelOf, log } = this.#environment;
    const { from, service, application, session, lines } = invitation;
    const channel = channelOf(account, request);
    const now = new Date(clock.now()).toISOString();
    try {
      store.recordOffer({
        ...{ id: randomToken(96), account, from, receivedAt: now, endedAt: now, outcome: "rejected", reason: why },
        ...(channel !== undefined && { channel }),
        ...(service !== undefined && { service }),
        ...(application !== undefined && { application }),
        ...(session !== undefined && { session }),
        push: pushKindOf({ channel, application, types: lines.map(({ file }) => file.type) }),
        files: lines.map(({ file: { index, name, type, size, unacceptable = why } }) => ({
          ...{ index, name, outcome: "rejected" as const, reason: unacceptable },
          ...(type !== undefined && { type }),
          ...(size !== undefined && { size }),
        })),
      });
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      log("error", "push.offer.unrecorded", { code: error.code });
    }
  }

  /**
   * What a message names by its address. The result records and opens the offer; undefined: nothing is named. Fails as an
   * INVITE is refused, before anything is recorded.
   */
  readLinks(
    account: string,
    request: SipRequest,
    { links, envelope }: MessageParts,
  ): (() => Promise<void>) | undefined {
    if (links.length === 0) return undefined;
    const now = this.#environment.clock.now();
    const lines = readLinks(links, this.#environment.links.policy(), now);
    const subject = headerValue(request, "subject") ?? envelope.subject;
    const invitation = withWhatIsHere(this.#environment, account, {
      from: senderOf(request),
      ...pushReferences(request),
      ...(subject !== undefined && { subject }),
      lines,
      decideBy: decideBy(lines, now),
    });
    this.#admit(invitation, "link");
    return () =>
      this.#open(account, request, invitation, new LinkSource(this.#environment, account, this.#linkTurns, lines));
  }

  /** At start: the offers that outlived the stop. */
  reopen(): void {
    for (const { record, kept } of this.#environment.store.openLinks()) {
      const read = keptLinks.safeParse(kept);
      if (!read.success) {
        this.#environment.store.endOffer(record.id, "failed", reason("INLET_INTERRUPTED"));
        continue;
      }
      const { offer } = read.data;
      const { account, channel } = offer;
      const invitation = withWhatIsHere(this.#environment, account, againOffered(read.data));
      const source = new LinkSource(this.#environment, account, this.#linkTurns, invitation.lines);
      const kind = { source, invitation, ...(channel !== undefined && { channel }) };
      this.#start(account, { ...kind, kept: { offer, files: record.files } }).reopen();
    }
  }

  #admit({ lines }: Offered, origin: "session" | "link"): void {
    if (this.#idle !== undefined) throw new InletError("INLET_STOPPING");
    if (!lines.some(isReceivable)) {
      const why = lines[0]?.file.unacceptable;
      const same = lines.every(({ file }) => file.unacceptable?.code === "INLET_SDP_TYPES_UNSUPPORTED");
      if ((origin === "link" || same) && why !== undefined) throw new InletError(why.code as ErrorCode);
      throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA", why?.text);
    }
    // Links wait for days: they take nothing from those who wait for an answer.
    const most = origin === "link" ? LIMITS.openLinks : LIMITS.openOffers;
    if (this.#deciding(origin) >= most) throw TOO_MANY;
    if (origin === "session" && this.#files() + lines.length > LIMITS.openFiles) throw TOO_MANY;
  }

  async #open(account: string, request: SipRequest, invitation: Offered, source: OfferSource): Promise<void> {
    const channel = this.#environment.channelOf(account, request);
    const offer = this.#start(account, { source, invitation, ...(channel !== undefined && { channel }) });
    try {
      await offer.open();
    } catch (error) {
      this.#offers.delete(offer.offer.id);
      throw error;
    }
  }

  #start(
    account: string,
    options: Pick<IncomingOfferOptions, "source" | "invitation" | "channel" | "kept">,
  ): IncomingOffer {
    const offer: IncomingOffer = new IncomingOffer({
      environment: this.#environment,
      account,
      ...options,
      moved: () => {
        if (this.#idle !== undefined && !offer.verifying) offer.stop();
      },
      over: () => {
        this.#offers.delete(offer.offer.id);
        if (this.#offers.size === 0) this.#idle?.();
      },
    });
    this.#offers.set(offer.offer.id, offer);
    return offer;
  }

  #deciding(origin: "session" | "link"): number {
    let count = 0;
    for (const { offer, deciding } of this.#offers.values())
      if (deciding && (offer.origin === "link") === (origin === "link")) count += 1;
    return count;
  }

  /** Each may hold a part, a session and a timer. */
  #files(): number {
    let count = 0;
    for (const { offer } of this.#offers.values()) if (offer.origin !== "link") count += offer.files.length;
    return count;
  }

  /** INLET_OFFER_UNKNOWN, INLET_COMMAND_INVALID. INLET_FOLDER_*: it waits on, so that it can be accepted when that is mended. */
  decide(id: string, accept: readonly number[]): void {
    if (accept.length > 0) this.#environment.useFolder();
    this.#get(id).decide(accept);
  }

  /** INLET_OFFER_UNKNOWN, INLET_TRANSFER_UNKNOWN. */
  cancelTransfer(id: string, index: number): void {
    this.#get(id).cancelTransfer(index);
  }

  /** INLET_OFFER_UNKNOWN, also where no picture came. */
  icon(id: string, index: number): Icon {
    const icon = this.#get(id).icon(index);
    if (icon === undefined) throw new InletError("INLET_OFFER_UNKNOWN", "no picture");
    return icon;
  }

  #get(id: string): IncomingOffer {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw new InletError("INLET_OFFER_UNKNOWN");
    return offer;
  }

  /** Ends every offer. Waits for files that are whole and being verified, and shortly for the sender's BYE to complete ones. */
  async stop(): Promise<void> {
    this.#environment.store.commit();
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
      for (const offer of [...this.#offers.values()]) {
        offer.tellKept();
        if (!offer.verifying) offer.stop();
      }
      if (this.#offers.size === 0) resolve();
    });
  }
}
