/**
 * What the other side says of the chunks of one message (RFC 4975 §7.1.1-7.1.2): answers, by transact-id, and REPORTs, by the
 * octets they are for. With Failure-Report "partial" only errors are answered, with "no" nothing is.
 */
import { InletError } from "../kernel/index.ts";
import type { FailureReport } from "../wire/msrp/index.ts";
import { RangeSet } from "./range-set.ts";

/** With "partial": so many chunks back errors are understood. */
const REFUSABLE = 1024;

/** What another answer than 200 means to a message (RFC 4975 §10): a time-out may be tried again, a refusal is one. */
export const refused = (status: number): InletError =>
  new InletError(status === 408 ? "INLET_MSRP_TIMEOUT" : "INLET_MSRP_REFUSED", String(status));

export class Acknowledgements {
  readonly #failureReport: FailureReport;
  readonly #progressed: ((octets: number) => void) | undefined;
  /** Octets of chunks that wait for an answer, by transact-id. */
  readonly #inFlight = new Map<string, number>();
  /** Transact-ids of chunks of which only an error would be told. */
  readonly #refusable = new Set<string>();
  readonly #confirmed = new RangeSet();
  #emptyConfirmed = false;
  #octets = 0;

  /** `progressed` is told how many octets the other side has answered for. */
  constructor(failureReport: FailureReport, progressed: ((octets: number) => void) | undefined) {
    this.#failureReport = failureReport;
    this.#progressed = progressed;
  }

  /** Chunks that wait for an answer. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** A chunk went out whole. */
  sent(transactId: string, octets: number): void {
    if (this.#failureReport === "yes") this.#inFlight.set(transactId, octets);
    else this.#take(octets);
    if (this.#failureReport === "partial") this.#remember(transactId);
  }

  /** It is a chunk that went out and may be answered. */
  awaits(transactId: string): boolean {
    return this.#inFlight.has(transactId) || this.#refusable.has(transactId);
  }

  /** An answer came: an error, where it is one. */
  answered(transactId: string, status: number): InletError | undefined {
    const octets = this.#inFlight.get(transactId) ?? 0;
    this.#inFlight.delete(transactId);
    if (status !== 200) return refused(status);
    this.#take(octets);
    return undefined;
  }

  /** A REPORT came for octets `start` to `end`, from 1. */
  reported(status: number, start: number, end: number): InletError | undefined {
    if (status >= 300) return refused(status);
    if (status !== 200) return undefined;
    this.#confirmed.add(start - 1, end);
    if (end === 0) this.#emptyConfirmed = true;
    return undefined;
  }

  /** REPORTs confirm all of a message of that size. */
  confirms(size: number | undefined): boolean {
    return size === 0 ? this.#emptyConfirmed : this.#confirmed.prefix >= (size ?? Number.POSITIVE_INFINITY);
  }

  #take(octets: number): void {
    this.#octets += octets;
    this.#progressed?.(this.#octets);
  }

  #remember(transactId: string): void {
    this.#refusable.add(transactId);
    if (this.#refusable.size <= REFUSABLE) return;
    for (const oldest of this.#refusable) {
      this.#refusable.delete(oldest);
      break;
    }
  }
}
