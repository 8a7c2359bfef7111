/** Runs the session timer of one session (RFC 4028 §10): its waits, its refreshes, its end. */
import { assertNever, type Clock, readable, seconds } from "../kernel/index.ts";
import type { SipResponse } from "../wire/sip/index.ts";
import {
  type Agreement,
  agreedByResponse,
  type SessionTimerEffect,
  type SessionTimerInput,
  type SessionTimerState,
  stepSessionTimer,
} from "./session-timer.ts";

export interface SessionKeeperOptions {
  readonly clock: Clock;
  /** Sends a refresh that asks for so many seconds; resolves with its final response, 422s answered. */
  refresh(interval: number): Promise<SipResponse>;
  /** The session has expired: end it. */
  expired(): void;
}

export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  #state: SessionTimerState = { phase: "off" };
  #refresh: Disposable | undefined;
  #expiry: Disposable | undefined;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /** By a 2xx of either side; undefined where it holds no timer. */
  agreed(agreement: Agreement | undefined): void {
    this.#input({ type: "agreed", ...(agreement !== undefined && { agreement }) });
  }

  /** By a 2xx of the other side. One that cannot be read stops the timer. */
  answered(response: SipResponse): void {
    this.agreed(readable(() => agreedByResponse(response)));
  }

  /** What runs now. */
  get agreement(): Agreement | undefined {
    return "agreement" in this.#state ? this.#state.agreement : undefined;
  }

  stop(): void {
    this.#input({ type: "stop" });
  }

  #input(input: SessionTimerInput): void {
    const { state, effects } = stepSessionTimer(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: SessionTimerEffect): void {
    const { clock } = this.#options;
    switch (effect.type) {
      case "refreshIn":
        this.#refresh?.[Symbol.dispose]();
        this.#refresh = clock.after(seconds(effect.seconds), () => this.#input({ type: "refreshDue" }));
        break;
      case "expireIn":
        this.#expiry = clock.after(seconds(effect.seconds), () => this.#input({ type: "expired" }));
        break;
      case "refresh":
        void this.#send(effect.interval);
        break;
      case "disarm":
        this.#refresh?.[Symbol.dispose]();
        this.#expiry?.[Symbol.dispose]();
        break;
      case "bye":
        this.#options.expired();
        break;
      default:
        assertNever(effect);
    }
  }

  async #send(interval: number): Promise<void> {
    const response = await this.#options.refresh(interval);
    if (this.#state.phase !== "refreshing") return;
    if (response.status < 300) this.answered(response);
    else this.#input({ type: "refreshFailed", status: response.status });
  }
}
