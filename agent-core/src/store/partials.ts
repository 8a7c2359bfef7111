/**
 * Files whose transfer broke and can go on (RFC 5547 §8.4): a part in its folder, and here what was offered and the hash
 * over its first octets at some places. A row is a claim, never the truth: the part is read again before anything is
 * built on it (`Landing.resume`), and the hash over the whole file decides in the end. Only octets without a gap from
 * the beginning are claimed. Bounded by LIMITS.partialAge, partialOctets and partialCount, the oldest going first.
 */
import { lstatSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type Clock, LIMITS } from "../kernel/index.ts";
import { type HashAlgorithm, sameContent, strongestHash } from "./content-hashes.ts";
import type { Database } from "./database.ts";
import { onDisk } from "./disk-error.ts";
import { partFileName } from "./part-file.ts";

/** What was offered. `hashes`: one at least that can be verified. */
export interface PartialFile {
  /** Of the part. */
  readonly id: string;
  readonly folder: string;
  readonly account: string;
  /** Only who began a file can go on with it: a stranger cannot spoil it, nor learn what is here. */
  readonly sender: string;
  readonly name: string;
  readonly size: number;
  readonly hashes: Readonly<Record<string, string>>;
}

export interface Checkpoint {
  /** From the beginning of the file. */
  readonly octets: number;
  /** Over them, lower-case hex. */
  readonly digest: string;
}

export interface Partial extends PartialFile {
  readonly algorithm: HashAlgorithm;
  /** Claimed to be here from the beginning. */
  readonly octets: number;
}

/** What a transfer says of its part while it runs. On disk when a call returns. */
export interface PartJournal {
  readonly algorithm: HashAlgorithm;
  /** Claimed so far. */
  readonly octets: number;
  /** In rising order. */
  checkpoints(): readonly Checkpoint[];
  note(checkpoint: Checkpoint): void;
  /** What lies behind these octets is claimed no longer. */
  cut(octets: number): void;
  /** The part is gone, or has become a file. */
  forget(): void;
  /** The transfer has ended; what is noted stays. */
  close(): void;
}

interface PartialRow {
  readonly id: string;
  readonly folder: string;
  readonly account: string;
  readonly sender: string;
  readonly name: string;
  readonly size: number;
  readonly hashes: string;
  readonly algorithm: HashAlgorithm;
  readonly octets: number;
}

export class Partials {
  readonly #db: Database;
  readonly #clock: Clock;
  /** Ids of parts that a transfer is busy with. */
  readonly #inUse = new Set<string>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** For a new transfer; a row is made with the first note. undefined: what is offered cannot be recognised again. */
  begin(file: Omit<PartialFile, "size"> & { readonly size?: number | undefined }): PartJournal | undefined {
    const { size, hashes } = file;
    const stated = strongestHash(hashes);
    if (size === undefined || size === 0 || stated === undefined) return undefined;
    return this.#journal({ ...file, size, algorithm: stated.algorithm, octets: 0 });
  }

  /** To go on with it. undefined when it is busy or gone meanwhile. */
  claim(id: string): PartJournal | undefined {
    const row = this.#db.get<PartialRow>("SELECT * FROM partials WHERE id = :id", { id });
    return row === undefined || this.#inUse.has(id) ? undefined : this.#journal(toPartial(row));
  }

  /** The longest part of this very file: equal size and strongest common hash; name and type may differ. */
  find(file: Omit<PartialFile, "id" | "name" | "size"> & { readonly size?: number | undefined }): Partial | undefined {
    const rows = this.#db.all<PartialRow>(
      `SELECT * FROM partials WHERE account = :account AND sender = :sender AND size = :size AND folder = :folder
       AND octets > 0 ORDER BY octets DESC`,
      { account: file.account, sender: file.sender, size: file.size ?? null, folder: file.folder },
    );
    return rows
      .map(toPartial)
      .find(({ id, hashes }) => !this.#inUse.has(id) && sameContent(hashes, file.hashes) && this.#isThere(id, file));
  }

  /** Drops what is too old or too much, and rows whose part is not there. */
  sweep(most: { readonly octets?: number; readonly count?: number } = {}): void {
    const { octets: mostOctets = LIMITS.partialOctets, count: mostCount = LIMITS.partialCount } = most;
    const oldest = this.#clock.now() - LIMITS.partialAge;
    const rows = this.#db.all<PartialRow & { readonly updated_at: number }>(
      "SELECT * FROM partials ORDER BY updated_at DESC, id",
    );
    let octets = 0;
    let count = 0;
    for (const row of rows) {
      octets += row.octets;
      count += 1;
      if (this.#inUse.has(row.id)) continue;
      const over = octets > mostOctets || count > mostCount || row.updated_at < oldest;
      if (!over && this.#found(row.id, row) !== undefined) continue;
      this.drop(row.id, row.folder);
      octets -= row.octets;
      count -= 1;
    }
  }

  /** The file has come whole: parts of it that nobody is busy with are of no use. */
  dropAll(file: Parameters<Partials["find"]>[0]): void {
    for (let found = this.find(file); found !== undefined; found = this.find(file)) this.drop(found.id, found.folder);
  }

  /** Every row, newest first. */
  all(): readonly Partial[] {
    return this.#db.all<PartialRow>("SELECT * FROM partials ORDER BY updated_at DESC, id").map(toPartial);
  }

  /** The ids of parts in `folder` that are to stay. */
  idsIn(folder: string): ReadonlySet<string> {
    return new Set(
      this.#db.all<{ id: string }>("SELECT id FROM partials WHERE folder = :folder", { folder }).map(({ id }) => id),
    );
  }

  /** Removes a part and what is known of it. */
  drop(id: string, folder: string): void {
    onDisk(() => rmSync(join(folder, partFileName(id)), { force: true }));
    this.#db.run("DELETE FROM partials WHERE id = :id", { id });
  }

  /** A part that has another name too is a file by now, which must not be written to. */
  #isThere(id: string, { folder }: { readonly folder: string }): boolean {
    return this.#found(id, { folder })?.nlink === 1;
  }

  #found(id: string, { folder }: { readonly folder: string }): Stats | undefined {
    const found = onDisk(() => lstatSync(join(folder, partFileName(id)), { throwIfNoEntry: false }));
    return found?.isFile() === true ? found : undefined;
  }

  #journal(partial: Partial): PartJournal {
    const { id, algorithm } = partial;
    const db = this.#db;
    this.#inUse.add(id);
    const claim = (octets: number): number => {
      db.run("UPDATE partials SET octets = :octets, updated_at = :now WHERE id = :id", {
        id,
        octets,
        now: this.#clock.now(),
      });
      return octets;
    };
    const journal = {
      algorithm,
      octets: partial.octets,
      checkpoints: () =>
        db.all<Checkpoint>("SELECT octets, digest FROM partial_checkpoints WHERE partial = :id ORDER BY octets", {
          id,
        }),
      note: ({ octets, digest }: Checkpoint) => {
        journal.octets = db.transaction(() => {
          this.#insert(partial);
          db.run("INSERT OR REPLACE INTO partial_checkpoints VALUES (:id, :octets, :digest)", { id, octets, digest });
          return claim(octets);
        });
      },
      cut: (octets: number) => {
        if (octets >= journal.octets) return;
        journal.octets = db.transaction(() => {
          db.run("DELETE FROM partial_checkpoints WHERE partial = :id AND octets > :octets", { id, octets });
          const last = db.get<{ octets: number | null }>(
            "SELECT max(octets) AS octets FROM partial_checkpoints WHERE partial = :id",
            { id },
          );
          return claim(last?.octets ?? 0);
        });
      },
      forget: () => {
        this.#inUse.delete(id);
        journal.octets = 0;
        db.run("DELETE FROM partials WHERE id = :id", { id });
      },
      close: () => {
        this.#inUse.delete(id);
      },
    };
    return journal;
  }

  #insert({ id, folder, account, sender, name, size, hashes, algorithm }: Partial): void {
    this.#db.run(
      `INSERT OR IGNORE INTO partials VALUES
         (:id, :folder, :account, :sender, :name, :size, :hashes, :algorithm, 0, :now)`,
      { id, folder, account, sender, name, size, hashes: JSON.stringify(hashes), algorithm, now: this.#clock.now() },
    );
  }
}

const toPartial = (row: PartialRow): Partial => ({ ...row, hashes: JSON.parse(row.hashes) as Record<string, string> });
