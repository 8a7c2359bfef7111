/** All offers of the agent: taken from INVITEs, found by id, bounded in number, stopped together. */
import { InletError, LIMITS } from "../kernel/index.ts";
import type { IncomingInvite } from "../sip/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { withWhatIsHere } from "./going-on.ts";
import { IncomingOffer } from "./incoming-offer.ts";
import { type Icon, type Invitation, readInvitation } from "./invitation.ts";
import { InviteSource } from "./invite-source.ts";
import { refuseOffer } from "./refuse-offer.ts";

export class Offers {
  readonly #environment: PushEnvironment;
  readonly #offers = new Map<string, IncomingOffer>();
  #idle: (() => void) | undefined;

  constructor(environment: PushEnvironment) {
    this.#environment = environment;
  }

  /** Takes an INVITE for `account`: it becomes an offer, or is answered with what is wrong with it. */
  receive(account: string, invite: IncomingInvite): void {
    try {
      this.#open(account, invite, readInvitation(invite.request));
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#environment.log("info", "push.offer.refused", { code: error.code, detail: error.detail });
      const { status, ...reply } = refuseOffer(error, this.#environment.msrp.host);
      invite.reject(status, reply);
    }
  }

  #open(account: string, invite: IncomingInvite, offered: Invitation): void {
    if (this.#idle !== undefined) throw new InletError("INLET_STOPPING");
    const invitation = withWhatIsHere(this.#environment, account, offered);
    const { channelOf } = this.#environment;
    const [first] = invitation.lines;
    if (invitation.lines.every((line) => line.media === undefined)) {
      throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA", first?.file.unacceptable?.text);
    }
    if (this.#deciding() >= LIMITS.openOffers) throw new InletError("INLET_TOO_MANY_OFFERS");
    const channel = channelOf(account, invite.request);
    const { msrp, clock } = this.#environment;
    const offer = new IncomingOffer({
      environment: this.#environment,
      account,
      source: new InviteSource({ invite, invitation, listener: msrp, session: clock.now() }),
      invitation,
      ...(channel !== undefined && { channel }),
      moved: () => {
        if (this.#idle !== undefined && !offer.verifying) offer.stop();
      },
      over: () => {
        this.#offers.delete(offer.offer.id);
        if (this.#offers.size === 0) this.#idle?.();
      },
    });
    this.#offers.set(offer.offer.id, offer);
    try {
      offer.open();
    } catch (error) {
      this.#offers.delete(offer.offer.id);
      throw error;
    }
  }

  #deciding(): number {
    return [...this.#offers.values()].filter((offer) => offer.deciding).length;
  }

  /** INLET_OFFER_UNKNOWN, INLET_COMMAND_INVALID. */
  decide(id: string, accept: readonly number[]): void {
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
