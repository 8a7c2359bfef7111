/** A set of octet positions as disjoint ranges [start, end), merged where they touch. In-order growth is O(1). */

export class RangeSet {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** How many disjoint ranges there are. */
  get size(): number {
    return this.#starts.length;
  }

  /** One past the highest position. */
  get end(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** How many positions from 0 on are present without a gap. */
  get prefix(): number {
    return this.#starts[0] === 0 ? (this.#ends[0] ?? 0) : 0;
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    const last = this.#starts.length - 1;
    if (start >= (this.#starts[last] ?? 0) && start <= (this.#ends[last] ?? -1)) {
      this.#ends[last] = Math.max(this.#ends[last] ?? end, end);
      return;
    }
    const from = firstAtLeast(this.#ends, start);
    let to = from;
    let low = start;
    let high = end;
    for (; to < this.#starts.length && (this.#starts[to] ?? 0) <= end; to++) {
      low = Math.min(low, this.#starts[to] ?? low);
      high = Math.max(high, this.#ends[to] ?? high);
    }
    this.#starts.splice(from, to - from, low);
    this.#ends.splice(from, to - from, high);
  }
}

/** Index of the first value that is at least `wanted`, in a sorted list. */
function firstAtLeast(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
