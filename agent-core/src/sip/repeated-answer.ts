/**
 * A 2xx to an INVITE goes out again until its ACK is there, on any transport (RFC 3261 §13.3.1.4): after T1, doubling to
 * T2, for 64·T1.
 */
import { type Clock, millis } from "../kernel/index.ts";
import { PATIENCE, T1, T2 } from "./transaction/index.ts";

export class RepeatedAnswer {
  readonly #clock: Clock;
  readonly #send: () => void;
  readonly #givenUp: () => void;
  #timer: Disposable | undefined;

  constructor(clock: Clock, send: () => void, givenUp: () => void) {
    this.#clock = clock;
    this.#send = send;
    this.#givenUp = givenUp;
  }

  start(): void {
    this.#send();
    this.#wait(T1, PATIENCE);
  }

  /** The ACK is there, or nobody waits for it any more. */
  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #wait(interval: number, left: number): void {
    const step = Math.min(interval, left);
    this.#timer = this.#clock.after(millis(step), () => {
      if (left <= step) {
        this.#givenUp();
        return;
      }
      this.#send();
      this.#wait(Math.min(interval * 2, T2), left - step);
    });
  }
}
