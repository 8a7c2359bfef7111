/**
 * Time, handed in from outside so that a test can own it.
 * Durations come from the monotonic clock, dates from the wall clock (a clock set back must not end a session).
 */
import type { EpochMillis, Millis } from "./brand.ts";

export interface Clock {
  /** Wall clock. */
  now(): EpochMillis;
  /** Monotonic, from an arbitrary origin. */
  elapsed(): Millis;
  /** Calls `fn` once after `delay`; disposing before then prevents it. Does not keep the process alive. */
  after(delay: Millis, fn: () => void): Disposable;
}

/** Longest delay setTimeout takes without wrapping to 1 ms. */
const MAX_TIMEOUT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now() as EpochMillis,
  elapsed: () => performance.now() as Millis,
  after(delay, fn) {
    let handle: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(Math.max(left, 0), MAX_TIMEOUT);
      handle = setTimeout(() => (left > step ? arm(left - step) : fn()), step);
      handle.unref();
    };
    arm(delay);
    return { [Symbol.dispose]: () => clearTimeout(handle) };
  },
};

/** A clock that only moves when told to: for tests of everything that waits. */
export class ManualClock implements Clock {
  #now: number;
  #elapsed = 0;
  #timers: { at: number; fn: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): EpochMillis {
    return this.#now as EpochMillis;
  }

  elapsed(): Millis {
    return this.#elapsed as Millis;
  }

  after(delay: Millis, fn: () => void): Disposable {
    const timer = { at: this.#elapsed + Math.max(0, delay), fn };
    this.#timers.push(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers = this.#timers.filter((t) => t !== timer);
      },
    };
  }

  /** Number of timers waiting. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Moves both clocks on by `ms` and runs what falls due, in order. */
  advance(ms: number): void {
    const target = this.#elapsed + ms;
    for (;;) {
      const next = this.#timers.reduce<{ at: number; fn: () => void } | undefined>(
        (first, t) => (t.at <= target && (first === undefined || t.at < first.at) ? t : first),
        undefined,
      );
      if (next === undefined) break;
      this.#timers = this.#timers.filter((t) => t !== next);
      this.#now += next.at - this.#elapsed;
      this.#elapsed = next.at;
      next.fn();
    }
    this.#now += target - this.#elapsed;
    this.#elapsed = target;
  }
}
