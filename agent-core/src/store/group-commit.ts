/**
 * What arrives together is committed together: all that is asked for in one turn of the event loop is one transaction, one wait
 * for the disk. Each piece of work stands or falls alone (a savepoint); where the commit fails, all of them fail.
 */
import type { Database } from "./database.ts";

interface Waiting {
  /** Runs inside the transaction; what it returns is called when the transaction is on disk. */
  work(): () => void;
  failed(error: unknown): void;
}

export class GroupCommit {
  readonly #db: Database;
  #waiting: Waiting[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  /** Resolves with what `work` returned when that is on disk. Rejects with what it threw, or the commit did. */
  run<T>(work: () => T): Promise<T> {
    // After the sockets of this turn were read.
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    return new Promise((resolve, failed) => {
      this.#waiting.push({
        work: () => {
          const result = work();
          return () => resolve(result);
        },
        failed,
      });
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const done: (() => void)[] = [];
    try {
      this.#db.transaction(() => {
        for (const one of waiting) done.push(this.#attempt(one));
      });
    } catch (error) {
      for (const { failed } of waiting) failed(error);
      return;
    }
    for (const settle of done) settle();
  }

  #attempt({ work, failed }: Waiting): () => void {
    try {
      return this.#db.transaction(work);
    } catch (error) {
      // What ended the whole transaction (a full disk may) is everybody's failure.
      if (!this.#db.inTransaction) throw error;
      return () => failed(error);
    }
  }
}
