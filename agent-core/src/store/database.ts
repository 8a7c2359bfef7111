/**
 * The SQLite database of one data folder (node:sqlite): opened by one process at a time, checked before it is
 * touched, every commit on disk when it returns. SQL comes from this folder only; values are always bound.
 */
import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { InletError, LIMITS, type Log } from "../kernel/index.ts";
import { checkBehind, type Look } from "./check-behind.ts";
import { onDisk } from "./disk-error.ts";

/** Time for another process to let go of the database, as when one Inlet replaces another. */
const BUSY_TIMEOUT = 1000;

const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA trusted_schema = OFF;
  PRAGMA cell_size_check = ON;
  PRAGMA temp_store = MEMORY;
`;

/** READONLY (a rollback is due), IOERR and FULL (no room for the -shm file that a reader needs), CANTOPEN (nor right). */
const WRITER_NEEDED: ReadonlySet<number | undefined> = new Set([8, 10, 13, 14]);

/** Primary result codes (sqlite.org/rescode.html); all others are bugs of ours and stay what they are. */
const RESULT_CODES = {
  5: "INLET_STORE_BUSY",
  6: "INLET_STORE_BUSY",
  8: "INLET_DISK_FAILED",
  10: "INLET_DISK_FAILED",
  11: "INLET_STORE_CORRUPT",
  13: "INLET_DISK_FULL",
  14: "INLET_DISK_FAILED",
  26: "INLET_STORE_CORRUPT",
} as const;

type Params = Readonly<Record<string, SQLInputValue>>;

/** The WAL is moved into the database when it has so many pages; SQLite's own default. */
const CHECKPOINT = 1000;

export class Database implements Disposable {
  readonly #db: DatabaseSync;
  readonly #path: string;
  #unchecked = false;
  #look: Look | undefined;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /**
   * Opens `path`, creating it if absent, and brings it to the newest of `migrations`. Looks it through before, but for one above
   * `most` octets that was closed in order: `checkBehind` does that.
   * INLET_STORE_BUSY: another process has it. INLET_STORE_CORRUPT, INLET_STORE_NEWER: left as it is, byte for byte.
   */
  static open(
    path: string,
    migrations: readonly string[],
    log: Log,
    most: number = LIMITS.storeCheckedAtOnce,
  ): Database {
    return onDatabase(() => {
      const inspection = { newest: migrations.length, later: mayWait(path, most) };
      const inspected = createIfAbsent(path) || inspectUntouched(path, inspection);
      const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
      try {
        // Before anything is read: from the first read on the file is locked until this connection or its process
        // ends, and no -shm file is used.
        db.exec("PRAGMA locking_mode = EXCLUSIVE");
        db.exec(PRAGMAS);
        db.enableDefensive(true);
        if (!inspected) inspect(db, inspection);
        const database = new Database(db, path);
        database.#migrate(path, migrations, log);
        // As long as it is not looked through, nothing of it is replaced.
        if (inspection.later) db.exec("PRAGMA wal_autocheckpoint = 0");
        else onDisk(() => rmSync(`${path}${DAMAGED}`, { force: true }));
        database.#unchecked = inspection.later;
        return database;
      } catch (error) {
        db.close();
        throw error;
      }
    });
  }

  /**
   * What is damaged, of a database that was not looked through when it was opened; the next `open` looks before anything else.
   * undefined: nothing is.
   */
  async checkBehind(): Promise<string | undefined> {
    if (!this.#unchecked || !this.#db.isOpen) return undefined;
    this.#look = checkBehind(this.#path);
    const found = await this.#look.found;
    if (!this.#db.isOpen) return undefined;
    if (found !== undefined) onDisk(() => closeSync(openSync(`${this.#path}${DAMAGED}`, "a", 0o600)));
    else this.#db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT}`);
    return found;
  }

  close(): void {
    this.#look?.[Symbol.dispose]();
    if (this.#db.isOpen) onDatabase(() => this.#db.close());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Rows as objects by column name. The caller states their type; STRICT tables and CHECKs make it true. */
  all<Row>(sql: string, params: Params = {}): readonly Row[] {
    return onDatabase(() => this.#prepare(sql).all(params) as Row[]);
  }

  get<Row>(sql: string, params: Params = {}): Row | undefined {
    return onDatabase(() => this.#prepare(sql).get(params) as Row | undefined);
  }

  /** Returns the number of rows changed. */
  run(sql: string, params: Params = {}): number {
    return onDatabase(() => Number(this.#prepare(sql).run(params).changes));
  }

  /**
   * Runs `fn` whole or not at all; on disk when it returns. Inside another transaction it is part of that one, which what is
   * thrown here has to end too.
   */
  transaction<T>(fn: () => T): T {
    if (this.#db.isTransaction) return fn();
    this.run("BEGIN IMMEDIATE");
    try {
      const result = fn();
      this.run("COMMIT");
      return result;
    } catch (error) {
      // A full disk may have rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** To the newest version in one step; what was there before it is kept beside. */
  #migrate(path: string, migrations: readonly string[], log: Log): void {
    const from = versionOf(this.#db);
    const to = migrations.length;
    if (from === to) return;
    if (from > 0) this.#backUp(path, from);
    this.transaction(() => this.#db.exec(`${migrations.slice(from).join(";\n")}; PRAGMA user_version = ${to}`));
    log("info", "store.migrated", { from, to });
  }

  /** One copy, of the version before: it takes the place of an older one when it is whole. */
  #backUp(path: string, version: number): void {
    const backup = `${path}.version-${version}`;
    const unfinished = `${backup}.unfinished`;
    onDisk(() => {
      rmSync(unfinished, { force: true });
      closeSync(openSync(unfinished, "wx", 0o600));
    });
    this.run("VACUUM INTO :unfinished", { unfinished });
    onDisk(() => {
      renameSync(unfinished, backup);
      const older = `${basename(path)}.version-`;
      for (const name of readdirSync(dirname(path)))
        if (name.startsWith(older) && name !== basename(backup)) rmSync(join(dirname(path), name));
    });
  }
}

/** Beside a database that was found damaged after it was opened. */
const DAMAGED = ".is-damaged";

interface Inspection {
  readonly newest: number;
  /** It is looked through behind; not where it has to be brought up to date. */
  later: boolean;
}

/** Large, as long as it says, and closed in order: whoever is killed leaves a WAL. */
function mayWait(path: string, most: number): boolean {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;
  const size = sizeOf(path);
  if (size <= most || sizeOf(`${path}-wal`) > 0 || sizeOf(`${path}${DAMAGED}`) >= 0) return false;
  using db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT });
  try {
    const said = db.prepare("SELECT page_count * page_size AS size FROM pragma_page_count, pragma_page_size").get();
    return said?.size === size;
  } catch {
    return false;
  }
}

/** Private to the person from the first moment. True when it was absent or never written to. */
function createIfAbsent(path: string): boolean {
  return onDisk(() => {
    // Opened only if absent: closing any descriptor of a file drops the locks this process holds on it (POSIX).
    if (statSync(path, { throwIfNoEntry: false }) === undefined) closeSync(openSync(path, "wx", 0o600));
    return statSync(path).size === 0;
  });
}

/**
 * Looks before touching: a connection that can write would move the WAL into a damaged file when it closes. False when
 * a reader cannot tell: killed while the database was made, or the disk full; then the writer looks.
 */
function inspectUntouched(path: string, inspection: Inspection): boolean {
  using db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT });
  try {
    inspect(db, inspection);
    return true;
  } catch (error) {
    if (WRITER_NEEDED.has(resultCodeOf(error))) return false;
    throw error;
  }
}

function inspect(db: DatabaseSync, inspection: Inspection): void {
  const { newest } = inspection;
  const version = versionOf(db);
  if (version > newest) throw new InletError("INLET_STORE_NEWER", `version ${version}`);
  if (inspection.later && version === newest) return;
  inspection.later = false;
  const found = db.prepare("PRAGMA quick_check(1)").get()?.quick_check;
  if (found !== "ok") throw new InletError("INLET_STORE_CORRUPT", String(found));
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version);
}

function onDatabase<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    const code = resultCodeOf(error);
    if (code === undefined || !(code in RESULT_CODES)) throw error;
    throw new InletError(RESULT_CODES[code as keyof typeof RESULT_CODES], undefined, { cause: error });
  }
}

/** The primary result code of an SQLite error; undefined for any other. */
export function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}
