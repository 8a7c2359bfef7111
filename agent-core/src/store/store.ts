/**
 * What Inlet knows, in one SQLite file of the data folder: offers, items, settings. Synchronous; a call that has
 * returned is on disk. Fails with INLET_DISK_FULL, INLET_DISK_FAILED or INLET_STORE_CORRUPT besides what is stated.
 */
import { basename, join } from "node:path";
import type { Item, OfferRecord, Outcome, Reason } from "../contract/index.ts";
import { type Clock, LIMITS, type Log } from "../kernel/index.ts";
import { Claims } from "./claims.ts";
import type { KeptHashes } from "./content-hashes.ts";
import { type Counters, ItemCounters, KeptOctets } from "./counters.ts";
import type { Database } from "./database.ts";
import { type AwaitedDisplay, awaitDisplay, takeDisplays } from "./displays.ts";
import { makeFolder } from "./folder.ts";
import { GroupCommit } from "./group-commit.ts";
import * as items from "./items.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import * as offers from "./offers.ts";
import { Partials } from "./partials.ts";
import { Quarantine } from "./quarantine.ts";
import { ReceivingFolder } from "./receiving-folder.ts";
import { fromIso, type Page } from "./row.ts";
import { openOrSalvage, type Salvaged } from "./salvage.ts";
import { SearchIndex } from "./search-index.ts";
import * as settings from "./settings.ts";

export const DATABASE_FILE = "inlet.db";

export interface StoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Larger ones are looked through behind. Default: LIMITS.storeCheckedAtOnce. */
  readonly checkedAtOnce?: number;
}

export class Store implements Disposable {
  readonly #db: Database;
  readonly #group: GroupCommit;
  readonly #counters: ItemCounters;
  readonly #octets: KeptOctets;
  readonly #search: SearchIndex;
  readonly #clock: Clock;
  /** Files whose transfer broke. */
  readonly partials: Partials;
  /** Names that are being given. */
  readonly claims: Claims;
  /** Content that is not what was offered. */
  readonly quarantine: Quarantine;
  /** The database was damaged when it was opened. */
  readonly salvaged: Salvaged | undefined;

  private constructor(db: Database, dataDir: string, clock: Clock, salvaged?: Salvaged) {
    this.salvaged = salvaged;
    this.quarantine = new Quarantine(dataDir, clock);
    this.partials = new Partials(db, clock);
    this.claims = new Claims(db);
    this.#db = db;
    this.#group = new GroupCommit(db);
    this.#counters = new ItemCounters(db);
    this.#octets = new KeptOctets(db);
    this.#search = new SearchIndex(db);
    this.#clock = clock;
  }

  /** Creates the folder if absent. A damaged database is set aside. INLET_STORE_BUSY, INLET_STORE_NEWER, INLET_DISK_FAILED. */
  static open(dataDir: string, { clock, log, checkedAtOnce }: StoreOptions): Store {
    makeFolder(dataDir);
    const path = join(dataDir, DATABASE_FILE);
    const { database, salvaged } = openOrSalvage(path, MIGRATIONS, { now: clock.now(), log, checkedAtOnce });
    return new Store(database, dataDir, clock, salvaged);
  }

  /** What is damaged of a large database that was opened at once; it is mended by the next `open`. undefined: nothing is. */
  checkBehind(): Promise<string | undefined> {
    return this.#db.checkBehind();
  }

  close(): void {
    this.#group.flush();
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** An offer when it arrives, with the outcome of each file so far (`open`). `kept`: JSON that brings it back after a stop. */
  recordOffer(record: OfferRecord, kept?: string): void {
    offers.recordOffer(this.#db, record, kept);
  }

  /**
   * The same, committed together with others that come in the same turn. `committed` is called when it is on disk; rejects
   * where that, or the commit, fails.
   */
  recordOfferSoon(record: OfferRecord, kept: string | undefined, committed: () => void): Promise<void> {
    return this.#group.run(() => offers.recordOffer(this.#db, record, kept), committed);
  }

  /** Offers that outlived a stop, oldest first. */
  openLinks(): { readonly record: OfferRecord; readonly kept: unknown }[] {
    return offers.openLinks(this.#db);
  }

  /** INLET_OFFER_UNKNOWN when there is no such offer or no such file in it. */
  updateOfferFile(offer: string, index: number, change: offers.OfferFileChange): void {
    offers.updateOfferFile(this.#db, offer, index, change);
  }

  /** The same of several files, by index, in one transaction. */
  updateOfferFiles(offer: string, changes: ReadonlyMap<number, offers.OfferFileChange>): void {
    this.#db.transaction(() => {
      for (const [index, change] of changes) offers.updateOfferFile(this.#db, offer, index, change);
    });
  }

  /** Ends the offer and its files still under way. False, and no change, when it had ended. INLET_OFFER_UNKNOWN. */
  endOffer(offer: string, outcome: Outcome, reason?: Reason): boolean {
    return offers.endOffer(this.#db, offer, outcome, reason, this.#clock.now());
  }

  /** Newest first. INLET_COMMAND_INVALID when `before` is no cursor. */
  listOffers(page: Page = {}): { offers: OfferRecord[]; next?: string } {
    return offers.listOffers(this.#db, page);
  }

  /** undefined when there is none. */
  findOffer(id: string): OfferRecord | undefined {
    return offers.findOffer(this.#db, id);
  }

  /** Offers without an end, oldest first. */
  interruptedOffers(): OfferRecord[] {
    return offers.interruptedOffers(this.#db);
  }

  /** At start: ends what Inlet was stopped over, as its files say. Returns those offers as they ended. */
  closeInterrupted(): OfferRecord[] {
    return offers.closeInterrupted(this.#db, this.#clock.now());
  }

  /** The item and what became of its offer's line, in one transaction. INLET_OFFER_UNKNOWN. */
  addItem(item: items.NewItem, options: items.AddItemOptions = {}): Item {
    const added = items.addItem(this.#db, item, options);
    this.#added(added);
    return added;
  }

  /** An item on its own, committed together with others that come in the same turn. Resolves when it is on disk. */
  addItemSoon(item: items.NewItem): Promise<Item> {
    return this.#group.run(
      () => items.addItem(this.#db, item, {}),
      (added) => this.#added(added),
    );
  }

  #added(item: Item): void {
    this.#counters.added(item);
    this.#octets.added(item);
    this.#search.added();
  }

  /** Commits at once what is to be recorded soon. */
  commit(): void {
    this.#group.flush();
  }

  /** Newest first. INLET_COMMAND_INVALID when `before` is no cursor. */
  listItems(query: items.ItemQuery = {}): { items: Item[]; next?: string } {
    if (query.query !== undefined) this.#search.update();
    return items.listItems(this.#db, query);
  }

  /** INLET_ITEM_UNKNOWN, also for a deleted one. */
  getItem(id: string): Item {
    return items.getItem(this.#db, id);
  }

  /** undefined also for a deleted one. */
  findItem(id: string): Item | undefined {
    return items.findItem(this.#db, id);
  }

  /** The newest file of this very content that is still where it was put, with that size. */
  findContent(size: number | undefined, hashes: Readonly<Record<string, string>>): Item | undefined {
    return items.findContent(this.#db, size, hashes);
  }

  /** Whether an item, deleted or not, is of a file of this name and size; folders may be spelled in several ways. */
  hasFile(path: string, size: number): boolean {
    return items.hasFile(this.#db, basename(path), size);
  }

  /** Hashes that were not known when the item was recorded. */
  setItemHashes(id: string, hashes: KeptHashes): void {
    items.setItemHashes(this.#db, id, hashes);
  }

  /** The whole content of a message; undefined for a file. INLET_ITEM_UNKNOWN. */
  itemBody(id: string): Uint8Array | undefined {
    return items.itemBody(this.#db, id);
  }

  /** The item's sender wants to hear when it is displayed. */
  awaitDisplay(item: string, awaited: AwaitedDisplay): void {
    awaitDisplay(this.#db, item, awaited);
  }

  /** Who waits to hear that one of the items is displayed; they are forgotten by that. */
  takeDisplays(items: readonly string[]): readonly AwaitedDisplay[] {
    return takeDisplays(this.#db, items);
  }

  /** Returns how many changed. */
  markRead(ids: readonly string[], read: boolean): number {
    this.#counters.changed();
    return items.markRead(this.#db, ids, read);
  }

  /** INLET_ITEM_UNKNOWN. */
  deleteItem(id: string): void {
    this.#counters.changed();
    items.deleteItem(this.#db, id, this.#clock.now());
  }

  /** Deletes the oldest items of those received before `olderThan` (ISO 8601), some at a time. Returns how many. */
  deleteOld(olderThan: string): number {
    this.#counters.changed();
    return items.deleteOld(this.#db, fromIso(olderThan), LIMITS.page, this.#clock.now());
  }

  /** Octets of files received and not purged: of all, of an account, of one of its channels. */
  keptOctets(account?: string, channel?: string): number {
    return this.#octets.of(account, channel);
  }

  /** INLET_ITEM_UNKNOWN when it is purged already. */
  restoreItem(id: string): Item {
    this.#counters.changed();
    return items.restoreItem(this.#db, id);
  }

  /** Forgets items deleted before `olderThan` (ISO 8601). Returns the files that were removed. */
  purgeDeleted(olderThan: string): string[] {
    this.#octets.changed();
    return items.purgeDeleted(this.#db, fromIso(olderThan));
  }

  counters(): Counters {
    return this.#counters.current;
  }

  /** When the newest item of a channel came. */
  lastItemAt(account: string, channel: string): string | undefined {
    return items.lastItemAt(this.#db, account, channel);
  }

  /** The person's folder, known by where its disk was. */
  receivingFolder(path: string): ReceivingFolder {
    const key = `disk of ${path}`;
    return new ReceivingFolder(path, {
      get: () => {
        const mount = this.getSetting(key);
        return typeof mount === "string" ? mount : undefined;
      },
      set: (mount) => this.setSetting(key, mount),
    });
  }

  /** undefined when never set. */
  getSetting(key: string): unknown {
    return settings.getSetting(this.#db, key);
  }

  /** A JSON value; undefined unsets. */
  setSetting(key: string, value: unknown): void {
    settings.setSetting(this.#db, key, value);
  }
}
