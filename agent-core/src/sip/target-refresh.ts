/**
 * What this side sends to change or refresh a session (RFC 3261 §14.1, RFC 3311 §5.1, RFC 4028 §7.4): offers one at a
 * time; one that met the peer's (491) again after a while, one whose interval was too small (422) with that asked for.
 */
import { type Clock, millis } from "../kernel/index.ts";
import type { Header, SipResponse } from "../wire/sip/index.ts";
import { SUPPORTED } from "./capabilities.ts";
import type { Body } from "./reply.ts";
import { local } from "./response.ts";
import { type Agreement, intervalAskedBy, timerHeaders } from "./session-timer.ts";

export type RefreshMethod = "INVITE" | "UPDATE";

export interface TargetRefreshOptions {
  readonly clock: Clock;
  /** This side made the Call-ID: it waits longer after a 491. */
  readonly caller: boolean;
  /** An offer of the peer is under way. */
  busy(): boolean;
  /** One try; resolves with its final response. */
  send(method: RefreshMethod, headers: readonly Header[], body: Body | undefined): Promise<SipResponse>;
}

/** How often it goes out again. */
const TRIES_AGAIN = 3;

export class TargetRefresh {
  readonly #options: TargetRefreshOptions;
  #offering = false;
  #stopped = false;
  #pause: { readonly timer: Disposable; over(): void } | undefined;

  constructor(options: TargetRefreshOptions) {
    this.#options = options;
  }

  /** An offer of ours is under way. */
  get offering(): boolean {
    return this.#offering;
  }

  /** `body` makes the offer of each try; `asked`: what to say of the timer. Once stopped, a 481 of our own. */
  async send(
    method: RefreshMethod,
    body: (() => Body) | undefined,
    asked: Agreement | undefined,
  ): Promise<SipResponse> {
    let agreement = asked;
    let minimum: number | undefined;
    for (let tries = 0; ; tries++) {
      if (this.#stopped) return local(481);
      const timer = agreement === undefined ? [] : timerHeaders(agreement, minimum);
      const response = await this.#try(method, [SUPPORTED, ...timer], body);
      if (this.#stopped || tries === TRIES_AGAIN) return response;
      if (response.status === 491) await this.#wait();
      else if (response.status === 422) {
        minimum = intervalAskedBy(response);
        agreement = { refresher: "us", ...agreement, interval: Math.max(agreement?.interval ?? 0, minimum) };
      } else return response;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#pause?.timer[Symbol.dispose]();
    this.#pause?.over();
  }

  async #try(method: RefreshMethod, headers: readonly Header[], body: (() => Body) | undefined): Promise<SipResponse> {
    if (body === undefined) return this.#options.send(method, headers, undefined);
    if (this.#offering || this.#options.busy()) return local(491);
    this.#offering = true;
    try {
      return await this.#options.send(method, headers, body());
    } finally {
      this.#offering = false;
    }
  }

  /** The side that made the Call-ID waits 2.1 to 4 s, the other up to 2 s, so that the two do not meet again. */
  #wait(): Promise<void> {
    const { clock, caller } = this.#options;
    const wait = caller ? 2100 + 10 * Math.floor(Math.random() * 191) : 10 * Math.floor(Math.random() * 201);
    return new Promise((over) => {
      this.#pause = { timer: clock.after(millis(wait), over), over };
    });
  }
}
