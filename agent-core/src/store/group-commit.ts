/**
 * What arrives together is committed together: all that is asked for in one turn of the event loop is one transaction, one wait
 * for the disk. Where that fails, each piece of work is tried on its own, so that it stands or falls alone.
 */
import type { Database } from "./database.ts";

interface Waiting {
  /** Runs inside a transaction, perhaps a second time; what it returns is called when the transaction is on disk. */
  work(): () => void;
  failed(error: unknown): void;
}

/** What is committed together at most: the rest has its turn after everything else that waits. */
const MOST = 16;

export class GroupCommit {
  readonly #db: Database;
  readonly #waiting: Waiting[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Resolves with what `work` returned when that is on disk; `committed` is told of it at once, before anything else of the
   * store can be asked. Rejects with what `work` threw, the commit did, or `committed`.
   */
  run<T>(work: () => T, committed?: (result: T) => void): Promise<T> {
    // After the sockets of this turn were read.
    if (this.#waiting.length === 0) setImmediate(this.#turn);
    return new Promise((resolve, failed) => {
      this.#waiting.push({
        work: () => {
          const result = work();
          return () => {
            try {
              committed?.(result);
              resolve(result);
            } catch (error) {
              failed(error);
            }
          };
        },
        failed,
      });
    });
  }

  /** Commits all that waits, now. */
  flush(): void {
    this.#commit(this.#waiting.splice(0));
  }

  readonly #turn = (): void => {
    const due = this.#waiting.splice(0, MOST);
    if (this.#waiting.length > 0) setImmediate(this.#turn);
    this.#commit(due);
  };

  #commit(waiting: readonly Waiting[]): void {
    if (waiting.length === 0) return;
    const settled = this.#together(waiting) ?? waiting.map((one) => this.#alone(one));
    for (const settle of settled) settle();
  }

  /** undefined: one of them failed, or all did. */
  #together(waiting: readonly Waiting[]): (() => void)[] | undefined {
    try {
      return this.#db.transaction(() => waiting.map(({ work }) => work()));
    } catch {
      return undefined;
    }
  }

  #alone({ work, failed }: Waiting): () => void {
    try {
      return this.#db.transaction(work);
    } catch (error) {
      return () => failed(error);
    }
  }
}
