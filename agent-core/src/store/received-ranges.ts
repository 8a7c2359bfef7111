/**
 * Which octets of a file have come, whatever their order and overlap (RFC 4975 §5.1, §7.3.1): disjoint ranges in
 * order, neighbours joined. A sender that scatters its pieces to make the list grow is stopped at
 * LIMITS.landingRanges (INLET_TRANSFER_SCATTERED).
 */
import { InletError, LIMITS } from "../kernel/index.ts";

interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export class ReceivedRanges {
  readonly #ranges: Range[] = [];
  #octets = 0;

  /** Distinct octets received. */
  get octets(): number {
    return this.#octets;
  }

  /** One past the highest octet received. */
  get extent(): number {
    return this.#ranges.at(-1)?.end ?? 0;
  }

  /** Separate pieces. */
  get pieces(): number {
    return this.#ranges.length;
  }

  /** Adds the octets from `start` up to, not including, `end`. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.#firstTouching(start);
    let last = first;
    let joined: Range = { start, end };
    let known = 0;
    for (let next = this.#ranges[last]; next !== undefined && next.start <= end; next = this.#ranges[last]) {
      joined = { start: Math.min(joined.start, next.start), end: Math.max(joined.end, next.end) };
      known += next.end - next.start;
      last += 1;
    }
    if (first === last && this.#ranges.length >= LIMITS.landingRanges) throw new InletError("INLET_TRANSFER_SCATTERED");
    this.#ranges.splice(first, last - first, joined);
    this.#octets += joined.end - joined.start - known;
  }

  /** Place of the first range that ends at or behind `start`. */
  #firstTouching(start: number): number {
    let low = 0;
    let high = this.#ranges.length;
    // Nearly every write continues the last range.
    if (high > 1 && (this.#ranges[high - 2]?.end ?? 0) < start) low = high - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranges[middle]?.end ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
