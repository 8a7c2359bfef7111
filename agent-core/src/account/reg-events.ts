/**
 * What the core says of our registration (RFC 3680, 3GPP TS 24.229 §5.1.1.5A-5.1.1.7): a contact of ours that it ended or
 * shortened is registered again, once a minute at most; one that it rejected is left. Another device's contacts change nothing.
 */
import { type Clock, type Log, type Reason, readable, reason, seconds } from "../kernel/index.ts";
import { Subscription, type UserAgent } from "../sip/index.ts";
import { applyRegInfo, parseRegInfo, REGINFO_TYPE, type RegContact, type RegState } from "../wire/reginfo/index.ts";
import { addressOfRecord, isSipUri, parseUri } from "../wire/sip/index.ts";

/** 3GPP TS 24.229 §5.1.1.3. */
const EXPIRES = 600_000;
/** Between two answers of ours to what the core says, and between two requests for all of it. */
const PAUSE = 60;

export interface RegEventsOptions {
  readonly agent: UserAgent;
  readonly clock: Clock;
  readonly log: Log;
  /** Our addresses, as the core lists them. */
  learned(identities: readonly string[]): void;
  /** Register again now. */
  again(): void;
  /** The core has ended it: for good, or for so many seconds. */
  rejected(why: Reason, retryAfter: number | undefined): void;
}

export class RegEvents {
  readonly #options: RegEventsOptions;
  #subscription: Subscription | undefined;
  #state: RegState | undefined;
  #pause: Disposable | undefined;
  #due: Disposable | undefined;
  #waiting = false;

  constructor(options: RegEventsOptions) {
    this.#options = options;
  }

  /** Subscribes. A core that serves none of it (489) is left alone. */
  start(): void {
    this.stop();
    this.#subscribe();
  }

  /** Forgets all of it: the connection is gone. */
  stop(): void {
    this.#subscription?.abandon();
    this.#subscription = undefined;
    this.#state = undefined;
    this.#pause?.[Symbol.dispose]();
    this.#due?.[Symbol.dispose]();
    this.#pause = undefined;
    this.#waiting = false;
  }

  #subscribe(): void {
    const { agent, clock, log } = this.#options;
    this.#state = undefined;
    const subscription = new Subscription(agent, {
      uri: addressOfRecord(agent.aor),
      event: "reg",
      accept: REGINFO_TYPE,
      expires: EXPIRES,
      clock,
      notified: ({ body }) => {
        const deed = this.#notified(body);
        // After the answer, which what is done may cut off.
        if (deed !== undefined) setImmediate(() => this.#subscription === subscription && deed());
      },
      ended: (outcome) => {
        log("info", "account.regEvents.ended", { outcome });
        if (this.#subscription === subscription) this.#subscription = undefined;
      },
    });
    this.#subscription = subscription;
    subscription.start();
  }

  /** What is to be done about it. Fails with INLET_XML_INVALID; the NOTIFY is then refused. */
  #notified(body: Uint8Array): (() => void) | undefined {
    const state = applyRegInfo(this.#state, parseRegInfo(body));
    if (state === "stale") return undefined;
    // All of it comes with a new subscription.
    if (state === "gap") return () => this.#soon(() => this.#restart());
    this.#state = state;
    const registrations = [...state.registrations.values()];
    this.#options.learned(registrations.filter((one) => one.state === "active").map(({ aor }) => aor));
    const own = registrations.flatMap(({ contacts }) => contacts).filter(({ uri }) => this.#isOwn(uri));
    // What stands for one of our addresses stands: the same contact is listed with each.
    const [contact] = own.sort((a, b) => Number(a.state === "terminated") - Number(b.state === "terminated"));
    return contact === undefined ? undefined : () => this.#heed(contact);
  }

  /** The core has forgotten the registration (TS 24.229 §5.1.2A.1.6). */
  lost(): void {
    this.#soon(this.#options.again);
  }

  #restart(): void {
    this.#subscription?.abandon();
    this.#subscribe();
  }

  #heed({ state, event, expires, retryAfter }: RegContact): void {
    const { again, rejected, clock } = this.#options;
    if (state === "active") {
      if (event !== "shortened" || expires === undefined) return;
      // §5.1.1.5A: at half of what is left, and not in a hurry.
      this.#due?.[Symbol.dispose]();
      this.#due = clock.after(seconds(Math.max(1, Math.floor(expires / 2))), again);
    } else if (event === "rejected") rejected(reason("INLET_REGISTRATION_REJECTED", event), undefined);
    else if (event === "probation") rejected(reason("INLET_REGISTRATION_REJECTED", event), retryAfter ?? PAUSE);
    else this.#soon(again);
  }

  /** At once, and then not before a minute is over: two who take turns in ending each other make no storm. */
  #soon(deed: () => void): void {
    if (this.#pause !== undefined) {
      this.#waiting = true;
      return;
    }
    this.#pause = this.#options.clock.after(seconds(PAUSE), () => {
      this.#pause = undefined;
      if (!this.#waiting) return;
      this.#waiting = false;
      this.#soon(deed);
    });
    deed();
  }

  /** The contact that this connection registered; those of connections before it end of themselves. */
  #isOwn(text: string): boolean {
    const own = parseUri(this.#options.agent.flowUri);
    const other = readable(() => parseUri(text));
    if (!isSipUri(own) || other === undefined || !isSipUri(other)) return false;
    return other.user === own.user && other.host === own.host && other.port === own.port;
  }
}
