/**
 * How fast one sender may fill the disk with what it pushes: so much at once, and so much a second. Who is vouched for by the
 * core counts alone; all others count as one, for they may call themselves what they like.
 */
import type { Party } from "../contract/index.ts";
import { type Clock, LIMITS } from "../kernel/index.ts";

interface Bucket {
  readonly left: number;
  readonly at: number;
}

export class SenderRate {
  readonly #clock: Clock;
  /** By sender; whoever pushed last stands last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False: it is too much by now. */
  take({ asserted = "" }: Party): boolean {
    const now = this.#clock.elapsed();
    const before = this.#buckets.get(asserted) ?? { left: LIMITS.pushBurst, at: now };
    const left = Math.min(LIMITS.pushBurst, before.left + ((now - before.at) / 1000) * LIMITS.pushRate);
    this.#buckets.delete(asserted);
    this.#buckets.set(asserted, { left: left < 1 ? left : left - 1, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > LIMITS.pushSenders && oldest !== undefined) this.#buckets.delete(oldest);
    return left >= 1;
  }
}
