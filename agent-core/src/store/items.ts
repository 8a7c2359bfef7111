/** The inbox: what was received, newest first, searched, read, deleted with time to undo. */
import { lstatSync, rmSync } from "node:fs";
import type { Item } from "../contract/index.ts";
import { InletError } from "../kernel/index.ts";
import { type KeptHashes, strongestHash } from "./content-hashes.ts";
import type { Database } from "./database.ts";
import { errnoOf, onDisk } from "./disk-error.ts";
import { updateOfferFile } from "./offers.ts";
import {
  fromIso,
  type Page,
  type PartyColumns,
  paging,
  partyOf,
  partyParams,
  type RuleColumns,
  ruleOf,
  ruleParams,
  toIso,
  withoutNulls,
} from "./row.ts";
import { searchQuery } from "./search-query.ts";

/** A new item is unread. `body` is the whole content of a message. */
export interface NewItem extends Omit<Item, "read"> {
  readonly body?: Uint8Array | undefined;
}

export interface AddItemOptions {
  /** The line of the offer that became this item: recorded as completed in the same transaction. */
  readonly offerFile?: { readonly offer: string; readonly index: number } | undefined;
}

export interface ItemQuery extends Page {
  readonly channel?: string | undefined;
  readonly kind?: Item["kind"] | undefined;
  /** Words that name, text or sender hold, or begin with. */
  readonly query?: string | undefined;
}

interface ItemRow extends PartyColumns, RuleColumns {
  readonly seq: number;
  readonly id: string;
  readonly account: string;
  readonly kind: Item["kind"];
  readonly channel: string | null;
  readonly offer: string | null;
  readonly idx: number | null;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly path: string | null;
  readonly text: string | null;
  readonly description: string | null;
  readonly sha1: string | null;
  readonly sha256: string | null;
  readonly verified: Item["verified"];
  readonly accepted_by: "person" | "setting" | null;
  readonly received_at: number;
  readonly read: 0 | 1;
  readonly disposition: string | null;
  readonly sent_at: number | null;
  readonly author_uri: string | null;
  readonly author_name: string | null;
  readonly sniffed: string | null;
  readonly caution: Item["caution"] | null;
  readonly encryption: Item["encryption"] | null;
}

/** INLET_OFFER_UNKNOWN when `offerFile` names none; then the item is not recorded either. */
export function addItem(db: Database, item: NewItem, { offerFile }: AddItemOptions): Item {
  return db.transaction(() => {
    const row = db.get<Pick<ItemRow, "seq">>(
      `INSERT INTO items (id, account, kind, from_uri, from_name, from_asserted, channel, offer, idx, name, type, size,
         path, text, description, sha1, sha256, verified, accepted_by, received_at, read, disposition, sent_at, author_uri, author_name,
         sniffed, caution, encryption, rule_id, rule_name)
       VALUES (:id, :account, :kind, :from_uri, :from_name, :from_asserted, :channel, :offer, :idx, :name, :type, :size,
         :path, :text, :description, :sha1, :sha256, :verified, :accepted_by, :received_at, 0, :disposition, :sent_at,
         :author_uri, :author_name, :sniffed, :caution, :encryption, :rule_id, :rule_name)
       RETURNING seq`,
      {
        id: item.id,
        account: item.account,
        kind: item.kind,
        ...partyParams(item.from),
        channel: item.channel ?? null,
        offer: item.offer ?? null,
        idx: item.index ?? null,
        name: item.name,
        type: item.type,
        size: item.size,
        path: item.path ?? null,
        text: item.text ?? null,
        description: item.description ?? null,
        sha1: item.sha1 ?? null,
        sha256: item.sha256 ?? null,
        verified: item.verified,
        accepted_by: item.acceptedBy === "rule" ? null : (item.acceptedBy ?? null),
        ...ruleParams(item.acceptedBy === "rule" ? item.rule : undefined),
        received_at: fromIso(item.receivedAt),
        disposition: item.disposition ?? null,
        sent_at: item.sentAt === undefined ? null : fromIso(item.sentAt),
        author_uri: item.author?.uri ?? null,
        author_name: item.author?.name ?? null,
        sniffed: item.sniffed ?? null,
        caution: item.caution ?? null,
        encryption: item.encryption ?? null,
      },
    );
    if (row === undefined) throw new Error("nothing inserted");
    // What its text says whole is not kept twice.
    if (item.body !== undefined && !isText(item)) {
      db.run("INSERT INTO bodies (item, body) VALUES (:seq, :body)", { seq: row.seq, body: item.body });
    }
    if (offerFile !== undefined) {
      updateOfferFile(db, offerFile.offer, offerFile.index, {
        outcome: "completed",
        item: item.id,
        received: item.size,
        verified: item.verified,
      });
    }
    const { body: _, ...kept } = item;
    return { ...kept, read: false };
  });
}

/** Items that come meanwhile do not shift the pages. A query without any word in it finds nothing. */
export function listItems(db: Database, query: ItemQuery): { items: Item[]; next?: string } {
  const { params, cut } = paging(query);
  const { channel, kind } = query;
  const typed = query.query?.trim() ?? "";
  const match = typed === "" ? undefined : searchQuery(typed);
  if (typed !== "" && match === undefined) return { items: [] };
  // Both tables give rows in order of rowid, so that the limit ends the search. CROSS JOIN keeps FTS the outer loop.
  const from = match === undefined ? "items" : "items_fts CROSS JOIN items ON items.seq = items_fts.rowid";
  const seq = match === undefined ? "items.seq" : "items_fts.rowid";
  const filters = [
    ...(match === undefined ? [] : ["items_fts MATCH :match"]),
    ...(channel === undefined ? [] : ["channel = :channel"]),
    ...(kind === undefined ? [] : ["kind = :kind"]),
    "deleted_at IS NULL",
  ];
  const rows = db.all<ItemRow>(
    `SELECT items.* FROM ${from} WHERE ${seq} < :before AND ${filters.join(" AND ")} ORDER BY ${seq} DESC LIMIT :rows`,
    { ...params, ...withoutNulls({ match: match ?? null, channel: channel ?? null, kind: kind ?? null }) },
  );
  const { page, ...next } = cut(rows);
  return { items: page.map(toItem), ...next };
}

/** undefined also for a deleted one. */
export function findItem(db: Database, id: string): Item | undefined {
  const row = db.get<ItemRow>("SELECT * FROM items WHERE id = :id AND deleted_at IS NULL", { id });
  return row === undefined ? undefined : toItem(row);
}

/** By SHA-256 or, where only that is stated, SHA-1. Deleted items and files that are gone or have another size do not count. */
export function findContent(
  db: Database,
  size: number | undefined,
  hashes: Readonly<Record<string, string>>,
): Item | undefined {
  const stated = strongestHash(Object.fromEntries(Object.entries(hashes).filter(([name]) => name in HASH_COLUMNS)));
  if (stated === undefined) return undefined;
  const column = HASH_COLUMNS[stated.algorithm as keyof typeof HASH_COLUMNS];
  const rows = db.all<ItemRow>(
    `SELECT * FROM items WHERE ${column} = :hex AND path IS NOT NULL AND deleted_at IS NULL ORDER BY seq DESC LIMIT 8`,
    { hex: stated.hex },
  );
  const found = rows.find((row) => {
    const { path } = row;
    if (path === null || (size !== undefined && row.size !== size)) return false;
    const file = onDisk(() => lstatSync(path, { throwIfNoEntry: false }));
    return file?.isFile() === true && file.size === row.size;
  });
  return found === undefined ? undefined : toItem(found);
}

const HASH_COLUMNS = { "sha-256": "sha256", "sha-1": "sha1" } as const;

/** INLET_ITEM_UNKNOWN also for a deleted one. */
export function getItem(db: Database, id: string): Item {
  const item = findItem(db, id);
  if (item === undefined) throw new InletError("INLET_ITEM_UNKNOWN");
  return item;
}

export function hasFile(db: Database, name: string, size: number): boolean {
  const sql = "SELECT 1 FROM items WHERE name = :name AND size = :size AND path IS NOT NULL LIMIT 1";
  return db.get(sql, { name, size }) !== undefined;
}

/** Hashes that were not known when the item was recorded; what is known stays. */
export function setItemHashes(db: Database, id: string, { sha1, sha256 }: KeptHashes): void {
  db.run("UPDATE items SET sha1 = coalesce(sha1, :sha1), sha256 = coalesce(sha256, :sha256) WHERE id = :id", {
    id,
    sha1: sha1 ?? null,
    sha256: sha256 ?? null,
  });
}

const isText = ({ kind, text, body }: NewItem): boolean =>
  kind === "message" && text !== undefined && body !== undefined && Buffer.from(text).equals(body);

/** undefined for an item that has no body (its content is a file). INLET_ITEM_UNKNOWN. */
export function itemBody(db: Database, id: string): Uint8Array | undefined {
  const { kind, text } = getItem(db, id);
  const kept = db.get<{ body: Uint8Array }>(
    "SELECT body FROM bodies WHERE item = (SELECT seq FROM items WHERE id = :id)",
    { id },
  );
  if (kept !== undefined) return kept.body;
  return kind === "message" && text !== undefined ? new TextEncoder().encode(text) : undefined;
}

/** Ids that do not exist are passed over. Returns how many changed. */
export function markRead(db: Database, ids: readonly string[], read: boolean): number {
  return db.run(
    `UPDATE items SET read = :read
     WHERE id IN (SELECT value FROM json_each(:ids)) AND read <> :read AND deleted_at IS NULL`,
    { ids: JSON.stringify(ids), read: read ? 1 : 0 },
  );
}

/** Takes it out of every list; its row and file stay until purged. INLET_ITEM_UNKNOWN. */
export function deleteItem(db: Database, id: string, now: number): void {
  const changed = db.run("UPDATE items SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL", { id, now });
  if (changed === 0) throw new InletError("INLET_ITEM_UNKNOWN");
}

/** Deletes the oldest ones of those received before `olderThan`, `most` at once. Returns how many. */
export function deleteOld(db: Database, olderThan: number, most: number, now: number): number {
  // They came in the order of their numbers: nothing behind the first ones has to be looked at.
  const oldest = db.all<{ seq: number; received_at: number }>(
    "SELECT seq, received_at FROM items WHERE deleted_at IS NULL ORDER BY seq LIMIT :most",
    { most },
  );
  const due = oldest.filter(({ received_at }) => received_at < olderThan).map(({ seq }) => seq);
  if (due.length === 0) return 0;
  return db.run("UPDATE items SET deleted_at = :now WHERE seq IN (SELECT value FROM json_each(:due))", {
    now,
    due: JSON.stringify(due),
  });
}

/** INLET_ITEM_UNKNOWN when it is purged, or never was. */
export function restoreItem(db: Database, id: string): Item {
  db.run("UPDATE items SET deleted_at = NULL WHERE id = :id", { id });
  return getItem(db, id);
}

/**
 * Removes what was deleted before `olderThan` for good, with the files that no other item lies in. Those go first: a process
 * killed in between does it again. A file that cannot be removed now is tried again the next time. Returns those removed.
 */
export function purgeDeleted(db: Database, olderThan: number): string[] {
  const due = "deleted_at < :olderThan";
  const paths = db
    .all<{ path: string }>(`SELECT DISTINCT path FROM items WHERE ${due} AND path IS NOT NULL`, { olderThan })
    .map(({ path }) => path);
  // The person may have moved a file away, and a later one have been put under its name.
  const others = `SELECT 1 FROM items WHERE path = :path AND (${due}) IS NOT TRUE LIMIT 1`;
  const alone = paths.filter((path) => db.get(others, { path, olderThan }) === undefined);
  const left = alone.filter((path) => !removed(path));
  db.run(`DELETE FROM items WHERE ${due} AND (path IS NULL OR path NOT IN (SELECT value FROM json_each(:left)))`, {
    olderThan,
    left: JSON.stringify(left),
  });
  return alone.filter((path) => !left.includes(path));
}

function removed(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** When the newest item of a channel came. */
export function lastItemAt(db: Database, account: string, channel: string): string | undefined {
  const row = db.get<{ latest: number | null }>(
    `SELECT max(received_at) AS latest FROM items
     WHERE account = :account AND channel = :channel AND deleted_at IS NULL`,
    { account, channel },
  );
  return row === undefined || row.latest === null ? undefined : toIso(row.latest);
}

function toItem(row: ItemRow): Item {
  const { id, account, kind, channel, offer, idx, name, type, size, path, text, description, sha1, sha256 } = row;
  return {
    ...withoutNulls({ id, account, kind, channel, offer, index: idx, name, type, size, path, text, description }),
    ...withoutNulls({ sniffed: row.sniffed, caution: row.caution, encryption: row.encryption }),
    ...withoutNulls({ sha1, sha256, disposition: row.disposition }),
    ...withoutNulls({ acceptedBy: row.rule_id === null ? row.accepted_by : ("rule" as const) }),
    ...ruleOf(row),
    ...(row.sent_at === null ? {} : { sentAt: toIso(row.sent_at) }),
    ...(row.author_uri === null ? {} : { author: withoutNulls({ uri: row.author_uri, name: row.author_name }) }),
    from: partyOf(row),
    verified: row.verified,
    receivedAt: toIso(row.received_at),
    read: row.read === 1,
  };
}
