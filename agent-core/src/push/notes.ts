/**
 * What is noted in the history of offers while they go on. A disk that is full or broken must not stop an offer between two of
 * its steps, nor end the process: what cannot be written is told with its code, waits, and is written in its order as soon as
 * the disk can. What was never written is made up for at the next start (`closeInterrupted`).
 */
import { type Clock, type ErrorCode, InletError, LIMITS, type Log, millis } from "../kernel/index.ts";

/** These pass; any other failure of a note is a bug of ours. */
const DISK: ReadonlySet<ErrorCode> = new Set(["INLET_DISK_FULL", "INLET_DISK_FAILED", "INLET_STORE_BUSY"]);

export class Notes implements Disposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: (() => void)[] = [];
  #writing = false;
  #retry: Disposable | undefined;

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Written now, or as soon as that is possible. */
  write(note: () => void): void {
    this.#waiting.push(note);
    this.#try();
  }

  /** Writes what waits: whatever builds on it comes after it. INLET_DISK_FULL, INLET_DISK_FAILED, INLET_STORE_BUSY. */
  flush(): void {
    if (this.#writing) return;
    this.#writing = true;
    try {
      for (let note = this.#waiting[0]; note !== undefined; note = this.#waiting[0]) {
        try {
          note();
        } catch (error) {
          if (!passes(error)) this.#waiting.shift();
          throw error;
        }
        this.#waiting.shift();
      }
    } finally {
      this.#writing = false;
    }
  }

  #try(): void {
    try {
      this.flush();
    } catch (error) {
      if (!passes(error)) throw error;
      this.#log("warn", "push.notes.late", { code: error.code, detail: error.detail });
      this.#retry ??= this.#clock.after(millis(LIMITS.noteRetry), () => {
        this.#retry = undefined;
        this.#try();
      });
    }
  }

  /** Tried a last time. */
  [Symbol.dispose](): void {
    this.#try();
    this.#retry?.[Symbol.dispose]();
  }
}

const passes = (error: unknown): error is InletError => error instanceof InletError && DISK.has(error.code);

/** Runs what is tried again anyway, or may be left undone: a disk that does not let it is told with its code. */
export function tidily<T>(log: Log, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!passes(error)) throw error;
    log("warn", "push.tidy.failed", { code: error.code, detail: error.detail });
    return undefined;
  }
}
