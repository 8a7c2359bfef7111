/**
 * What of one MSRP message is here (RFC 4975 §7.3.1): chunks in any order, twice, overlapping; a total that is
 * declared or fixed by the chunk flagged `$`. Whole when octets 1..total are present and `$` was seen.
 * Refuses a total that contradicts another, octets beyond the total or the accepted size, and a message in too
 * many pieces. Positions are counted from 0.
 */
import { InletError, LIMITS } from "../kernel/index.ts";
import type { ByteRange } from "../wire/msrp/index.ts";
import { RangeSet } from "./range-set.ts";

export class Assembly {
  readonly #maxSize: number;
  readonly #ranges = new RangeSet();
  #total: number | undefined;
  #lastSeen = false;

  /** `present`: octets from the beginning that are here. */
  constructor(maxSize: number | undefined, present = 0) {
    this.#maxSize = maxSize ?? Number.MAX_SAFE_INTEGER;
    this.#ranges.add(0, present);
  }

  get total(): number | undefined {
    return this.#total;
  }

  /** One past the highest octet that came in an ended chunk. */
  get end(): number {
    return this.#ranges.end;
  }

  /** Octets from the beginning, without a gap. */
  get prefix(): number {
    return this.#ranges.prefix;
  }

  get whole(): boolean {
    return this.#lastSeen && this.#ranges.prefix === this.#total;
  }

  /** The head of a chunk. Throws INLET_MSRP_RANGE, INLET_TRANSFER_TOO_LARGE. */
  open(range: ByteRange): void {
    const total = range.total ?? this.#total;
    if (total !== undefined) this.#fix(total);
    if (total !== undefined && range.start > total + 1) throw new InletError("INLET_MSRP_RANGE", "start beyond total");
    if (Math.max(total ?? 0, range.start - 1) > this.#maxSize) {
      throw new InletError("INLET_TRANSFER_TOO_LARGE", `${this.#maxSize} accepted`);
    }
  }

  /** Octets about to be taken. Throws INLET_MSRP_RANGE, INLET_TRANSFER_TOO_LARGE. */
  take(position: number, length: number): void {
    if (this.#total !== undefined && position + length > this.#total) {
      if (position >= this.#total) throw new InletError("INLET_MSRP_RANGE", "octets beyond the total");
      throw new InletError("INLET_TRANSFER_TOO_LARGE", `${this.#total} announced`);
    }
    if (position + length > this.#maxSize) {
      throw new InletError("INLET_TRANSFER_TOO_LARGE", `${this.#maxSize} accepted`);
    }
  }

  /** The end of a chunk: its octets are [start, end). Throws INLET_MSRP_RANGE, INLET_MSRP_TOO_MANY_PIECES. */
  close(start: number, end: number, last: boolean): void {
    this.#ranges.add(start, end);
    if (this.#ranges.size > LIMITS.msrpRanges) throw new InletError("INLET_MSRP_TOO_MANY_PIECES");
    if (!last) return;
    this.#fix(end);
    this.#lastSeen = true;
  }

  #fix(total: number): void {
    if (total === this.#total) return;
    if (this.#total !== undefined) {
      throw new InletError("INLET_MSRP_RANGE", `total ${total} after total ${this.#total}`);
    }
    if (this.#ranges.end > total)
      throw new InletError("INLET_MSRP_RANGE", `total ${total} after octet ${this.#ranges.end}`);
    this.#total = total;
  }
}
