/**
 * How many items there are, and how many are unread: counted once, then kept along as items come, so that an item costs the
 * same however many there are. Whatever else changes items makes them counted anew.
 */
import { channelKey, type Item } from "../contract/index.ts";
import type { Database } from "./database.ts";

export interface Counters {
  readonly unread: number;
  /** By `channelKey`. */
  readonly unreadByChannel: Readonly<Record<string, number>>;
  readonly items: number;
}

export class ItemCounters {
  readonly #db: Database;
  #known: Counters | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  get current(): Counters {
    this.#known ??= count(this.#db);
    return this.#known;
  }

  /** A new item is on disk. */
  added({ account, channel }: Item): void {
    if (this.#known === undefined) return;
    const { items, unread, unreadByChannel } = this.#known;
    const key = channel === undefined ? undefined : channelKey(account, channel);
    this.#known = {
      items: items + 1,
      unread: unread + 1,
      unreadByChannel:
        key === undefined ? unreadByChannel : { ...unreadByChannel, [key]: (unreadByChannel[key] ?? 0) + 1 },
    };
  }

  /** Items were read, deleted, put back. */
  changed(): void {
    this.#known = undefined;
  }
}

function count(db: Database): Counters {
  const groups = db.all<{ account: string; channel: string | null; unread: number }>(
    `SELECT account, channel, count(*) AS unread FROM items WHERE read = 0 AND deleted_at IS NULL
     GROUP BY account, channel`,
  );
  // Two counts of an index each; "WHERE deleted_at IS NULL" would visit every row.
  const total = db.get<{ items: number }>(
    "SELECT (SELECT count(*) FROM items) - (SELECT count(*) FROM items WHERE deleted_at IS NOT NULL) AS items",
  );
  return {
    unread: groups.reduce((sum, { unread }) => sum + unread, 0),
    unreadByChannel: Object.fromEntries(
      groups.flatMap(({ account, channel, unread }) =>
        channel === null ? [] : [[channelKey(account, channel), unread]],
      ),
    ),
    items: total?.items ?? 0,
  };
}

/** How much the files take that are in the folder: summed up once, then kept along; a purge makes it summed up anew. */
export class KeptOctets {
  readonly #db: Database;
  /** By account and channel. */
  #known: Map<string, number> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Of all, of an account, of one of its channels. */
  of(account?: string, channel?: string): number {
    this.#known ??= sums(this.#db);
    return this.#known.get(keyOf(account, channel)) ?? 0;
  }

  /** A new item is on disk. */
  added({ account, channel, path, size }: Item): void {
    if (this.#known !== undefined && path !== undefined) add(this.#known, account, channel, size);
  }

  /** Items were purged. */
  changed(): void {
    this.#known = undefined;
  }
}

const keyOf = (account = "", channel?: string): string =>
  channel === undefined ? account : channelKey(account, channel);

function add(sums: Map<string, number>, account: string, channel: string | undefined, octets: number): void {
  const keys = [keyOf(), keyOf(account), ...(channel === undefined ? [] : [keyOf(account, channel)])];
  for (const key of keys) sums.set(key, (sums.get(key) ?? 0) + octets);
}

function sums(db: Database): Map<string, number> {
  const found = new Map<string, number>();
  const rows = db.all<{ account: string; channel: string | null; octets: number }>(
    `SELECT account, channel, total(size) AS octets FROM items INDEXED BY items_octets WHERE path IS NOT NULL
     GROUP BY account, channel`,
  );
  for (const { account, channel, octets } of rows) add(found, account, channel ?? undefined, octets);
  return found;
}
