/**
 * A damaged database is not changed and not wiped: what can be read of it goes into a new one, and it stays beside that.
 *
 *   read ──► new one whole, under another name ──► damaged one set aside ──► new one in its place
 *
 * Killed before the last steps, it begins anew; between them, the next start takes the last one.
 */
import { renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { InletError, type Log } from "../kernel/index.ts";
import { Database, resultCodeOf } from "./database.ts";
import { onDisk } from "./disk-error.ts";

export interface Salvaged {
  /** Where the damaged one lies. */
  readonly aside: string;
  /** Rows that could be read. */
  readonly rows: number;
}

/** As `Database.open`, but INLET_STORE_CORRUPT does not come out of it. */
export function openOrSalvage(
  path: string,
  migrations: readonly string[],
  options: { readonly now: number; readonly log: Log; readonly checkedAtOnce?: number | undefined },
): { readonly database: Database; readonly salvaged?: Salvaged } {
  const { now, log } = options;
  const aside = `${path}.damaged-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}`;
  const fresh = `${path}.salvaged`;
  if (!isThere(path) && isThere(fresh)) takePlace(fresh, path, aside);
  try {
    return { database: Database.open(path, migrations, log, options.checkedAtOnce) };
  } catch (error) {
    if (!(error instanceof InletError) || error.code !== "INLET_STORE_CORRUPT") throw error;
  }
  for (const suffix of ["", "-wal", "-shm"]) onDisk(() => rmSync(`${fresh}${suffix}`, { force: true }));
  const target = Database.open(fresh, migrations, log);
  let rows: number;
  try {
    rows = copyAll(path, target);
  } finally {
    target.close();
  }
  onDisk(() => renameSync(path, aside));
  takePlace(fresh, path, aside);
  return { database: Database.open(path, migrations, log), salvaged: { aside, rows } };
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** A WAL belongs to its own database alone. */
function takePlace(fresh: string, path: string, aside: string): void {
  onDisk(() => {
    for (const suffix of ["-wal", "-journal"]) if (isThere(path + suffix)) renameSync(path + suffix, aside + suffix);
    rmSync(`${path}-shm`, { force: true });
    renameSync(fresh, path);
  });
}

type Value = null | number | bigint | string | Uint8Array;
type Row = Record<string, Value>;

/** Returns how many rows. */
function copyAll(path: string, target: Database): number {
  using source = openDamaged(path);
  if (source === undefined) return 0;
  // Parents may be missing that children have; that is seen to behind all.
  target.run("PRAGMA foreign_keys = OFF");
  const tables = target.all<{ name: string; wr: number }>(
    `SELECT name, wr FROM pragma_table_list
     WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
  );
  let rows = 0;
  for (const { name, wr } of tables) rows += target.transaction(() => copyTable(source, target, name, wr === 0));
  for (const { name } of tables) target.transaction(() => dropOrphans(target, name));
  return rows;
}

function openDamaged(path: string): DatabaseSync | undefined {
  try {
    // Otherwise SQLite reads nothing of a file that is shorter than it says of itself.
    const source = new DatabaseSync(path, { readOnly: true, defensive: false });
    source.exec("PRAGMA writable_schema = ON");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    return source;
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return undefined;
  }
}

function copyTable(source: DatabaseSync, target: Database, table: string, hasRowid: boolean): number {
  const known = columnsOf((sql) => source.prepare(sql).all() as Row[], table);
  const columns = columnsOf((sql) => target.all<Row>(sql), table).filter(({ name }) =>
    known.some((column) => column.name === name),
  );
  if (columns.length === 0) return 0;
  const names = columns.map(({ name }) => name);
  const insert = `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${names.map((name) => `:${name}`)})`;
  let rows = 0;
  const take = (found: Row): void => {
    rows += target.run(insert, Object.fromEntries(names.map((name) => [name, found[name] ?? null])));
  };
  const key = columns.filter(({ pk }) => Number(pk) > 0).map(({ name }) => name);
  if (hasRowid) copyAround(source, `SELECT rowid AS "at rowid", ${names} FROM ${table}`, take);
  else
    for (const order of ["ASC", "DESC"])
      copyUntilDamage(source, `SELECT ${names} FROM ${table} ORDER BY ${key.map((name) => `${name} ${order}`)}`, take);
  return rows;
}

/** From row to row; where one cannot be read, further on, by ever larger steps. */
function copyAround(source: DatabaseSync, select: string, take: (row: Row) => void): void {
  let from = 0;
  for (let step = 1; step < Number.MAX_SAFE_INTEGER / 2; step *= 2) {
    const whole = copyUntilDamage(source, `${select} WHERE rowid >= ${from} ORDER BY rowid`, (row) => {
      const { "at rowid": at, ...found } = row;
      from = Number(at) + 1;
      step = 1;
      take(found);
    });
    if (whole) return;
    from += step;
  }
}

/** False: some of it could not be read. */
function copyUntilDamage(source: DatabaseSync, select: string, take: (row: Row) => void): boolean {
  const rows: Row[] = [];
  try {
    for (const row of source.prepare(select).iterate()) {
      if (rows.push(row as Row) >= 1000) for (const taken of rows.splice(0)) take(taken);
    }
    return true;
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return false;
  } finally {
    for (const row of rows) take(row);
  }
}

const columnsOf = (all: (sql: string) => readonly Row[], table: string): { name: string; pk: number }[] =>
  all(`SELECT name, pk FROM pragma_table_info('${table}')`).map(({ name, pk }) => ({
    name: String(name),
    pk: Number(pk),
  }));

/** What would have gone with rows that are lost. */
function dropOrphans(target: Database, table: string): void {
  const links = target.all<{ from: string; to: string; table: string; on_delete: string }>(
    `SELECT "from", "to", "table", on_delete FROM pragma_foreign_key_list('${table}')`,
  );
  for (const { from, to, table: parent, on_delete } of links) {
    const orphaned = `${from} IS NOT NULL AND ${from} NOT IN (SELECT ${to} FROM ${parent})`;
    if (on_delete === "SET NULL") target.run(`UPDATE ${table} SET ${from} = NULL WHERE ${orphaned}`);
    else target.run(`DELETE FROM ${table} WHERE ${orphaned}`);
  }
}
