/** Settings: a JSON value by key. What it means, and whether it is valid, is known to who asks (zod, at the edge). */
import type { Database } from "./database.ts";

/** undefined when it was never set. */
export function getSetting(db: Database, key: string): unknown {
  const row = db.get<{ value: string }>("SELECT value FROM settings WHERE key = :key", { key });
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** `undefined` unsets it. */
export function setSetting(db: Database, key: string, value: unknown): void {
  if (value === undefined) db.run("DELETE FROM settings WHERE key = :key", { key });
  else
    db.run("INSERT OR REPLACE INTO settings (key, value) VALUES (:key, :value)", { key, value: JSON.stringify(value) });
}

/** Those whose keys begin so. */
export function settingsBeginning(db: Database, prefix: string): readonly (readonly [key: string, value: unknown])[] {
  const rows = db.all<{ key: string; value: string }>(
    "SELECT key, value FROM settings WHERE substr(key, 1, :length) = :prefix",
    { prefix, length: prefix.length },
  );
  return rows.map(({ key, value }) => [key, JSON.parse(value)]);
}
