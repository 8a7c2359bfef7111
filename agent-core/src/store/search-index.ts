/**
 * The index of words over items, written behind the items themselves: many at a time, and before each search. An item that is
 * received alone does not pay for it. What is missing is known from the index itself, so that nothing is lost with the process.
 */
import { InletError } from "../kernel/index.ts";
import type { Database } from "./database.ts";

const BATCH = 256;

export class SearchIndex {
  readonly #db: Database;
  #added = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** An item is on disk. */
  added(): void {
    if (++this.#added < BATCH) return;
    try {
      this.update();
    } catch (error) {
      // A full disk: the next search tries again, and says so.
      if (!(error instanceof InletError)) throw error;
    }
  }

  /** Takes in what came since. */
  update(): void {
    this.#added = 0;
    this.#db.run(
      `INSERT INTO items_fts (rowid, name, text, sender)
       SELECT seq, name, text, concat_ws(' ', from_name, from_uri, from_asserted) FROM items
       WHERE seq > (SELECT coalesce(max(id), 0) FROM items_fts_docsize)`,
    );
  }
}
