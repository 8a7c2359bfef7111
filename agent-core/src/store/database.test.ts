import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { silentLog } from "../kernel/index.ts";
import { Database } from "./database.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { DATABASE_FILE } from "./store.ts";
import { codeOf, message, offer, openStore, temporaryFolder } from "./testing.ts";

/** Another process that runs module code with `Store` and `dataDir`; resolves when it has printed "ready". */
async function otherProcess(dataDir: string, body: string): Promise<ChildProcess> {
  const code = `
    import { DatabaseSync } from "node:sqlite";
    import { Store } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { silentLog, systemClock } from ${JSON.stringify(new URL("../kernel/index.ts", import.meta.url).href)};
    const dataDir = ${JSON.stringify(dataDir)};
    const options = { clock: systemClock, log: silentLog };
    ${body}
    console.log("ready");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(([status]) => expect(status).toBe("ready")),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** What a folder keeps: name → hash. Without -shm, an index that every reader makes anew, and an empty WAL. */
const contents = (folder: string) =>
  readdirSync(folder)
    .filter((name) => !name.endsWith("-shm"))
    .map((name) => [name, readFileSync(join(folder, name))] as const)
    .filter(([name, bytes]) => !name.endsWith("-wal") || bytes.length > 0)
    .map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")]);

/** The same of what was set aside. */
const aside = (folder: string) =>
  contents(folder).flatMap(([name, hash]) =>
    name?.includes(".damaged-") ? [[name.replace(/\.damaged-[\dTZ-]*Z/, ""), hash]] : [],
  );

it("C4: a second process is refused while the first lives, even idle, and let in when it was killed", async () => {
  const dataDir = temporaryFolder();
  const first = await otherProcess(
    dataDir,
    `globalThis.store = Store.open(dataDir, options); store.setSetting("by", "first");`,
  );
  expect(codeOf(() => openStore(dataDir))).toBe("INLET_STORE_BUSY");
  await kill(first);
  expect(openStore(dataDir).getSetting("by")).toBe("first");
});

it("a second store in the same process is refused and does not break the first one's lock", async () => {
  const dataDir = temporaryFolder();
  openStore(dataDir);
  expect(codeOf(() => openStore(dataDir))).toBe("INLET_STORE_BUSY");
  await otherProcess(
    dataDir,
    `try { Store.open(dataDir, options); process.exit(1); } catch (error) { if (error.code !== "INLET_STORE_BUSY") throw error; }`,
  );
});

it("C1: what a call has recorded survives kill -9 right behind it", async () => {
  const dataDir = temporaryFolder();
  const item = { ...message("m1", { text: "hello" }), body: undefined };
  const child = await otherProcess(
    dataDir,
    `const store = (globalThis.store = Store.open(dataDir, options));
     store.recordOffer(${JSON.stringify(offer("o1"))});
     store.addItem(${JSON.stringify(item)}, { offerFile: { offer: "o1", index: 0 } });`,
  );
  await kill(child);
  const store = openStore(dataDir);
  expect(store.getItem("m1").text).toBe("hello");
  expect(store.listItems({ query: "hello" }).items).toHaveLength(1);
  expect(store.interruptedOffers()[0]?.files[0]).toMatchObject({ outcome: "completed", item: "m1" });
});

it("C3: killed while the database is made, with a rollback due, it opens", async () => {
  const dataDir = temporaryFolder();
  const child = await otherProcess(
    dataDir,
    // Held, or the collector might close it and take the rollback away.
    `const db = (globalThis.held = new DatabaseSync(dataDir + "/${DATABASE_FILE}"));
     db.exec("CREATE TABLE left (x); INSERT INTO left VALUES (zeroblob(100000)); PRAGMA cache_size = 2; BEGIN");
     db.exec("UPDATE left SET x = randomblob(100000); DROP TABLE left");
     for (let i = 0; i < 9; i++) db.exec("CREATE TABLE t" + i + " AS SELECT randomblob(50000) AS x");`,
  );
  await kill(child);
  expect(readdirSync(dataDir)).toContain(`${DATABASE_FILE}-journal`);
  expect(openStore(dataDir).counters().items).toBe(0);
});

it("C3, C8: a database of a newer version is refused and left as it is", () => {
  const dataDir = temporaryFolder();
  openStore(dataDir).close();
  const db = new DatabaseSync(join(dataDir, DATABASE_FILE));
  db.exec("PRAGMA user_version = 99");
  db.close();
  const before = contents(dataDir);
  expect(codeOf(() => openStore(dataDir))).toBe("INLET_STORE_NEWER");
  expect(contents(dataDir)).toEqual(before);
});

it("C3: a file that is no database is set aside as it is", () => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, DATABASE_FILE), "my diary, ".repeat(1000));
  const before = contents(dataDir);
  const store = openStore(dataDir);
  expect(store.counters().items).toBe(0);
  expect(store.salvaged?.rows).toBe(0);
  expect(aside(dataDir)).toEqual(before);
});

it("C3: of a database that was closed in order and then cut short, what comes before the cut is kept", () => {
  const dataDir = temporaryFolder();
  const store = openStore(dataDir);
  for (let i = 0; i < 500; i++) store.addItem(message(`m${i}`, { text: "words ".repeat(200) }));
  store.close();
  const path = join(dataDir, DATABASE_FILE);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
  const before = contents(dataDir);
  const again = openStore(dataDir);
  expect(aside(dataDir)).toEqual(before);
  expect(again.counters().items).toBeGreaterThan(200);
});

it.each(["in the middle", "cut short"])(
  "C3: what can be read of a damaged database (%s) with commits in its WAL is kept, and it is set aside as it is",
  async (how) => {
    const dataDir = temporaryFolder();
    const store = openStore(dataDir);
    for (let i = 0; i < 500; i++) store.addItem(message(`m${i}`, { text: "words ".repeat(200) }));
    store.close();
    await kill(
      await otherProcess(dataDir, `(globalThis.store = Store.open(dataDir, options)).setSetting("in", "wal");`),
    );
    expect(statSync(join(dataDir, `${DATABASE_FILE}-wal`)).size).toBeGreaterThan(0);
    const path = join(dataDir, DATABASE_FILE);
    const bytes = readFileSync(path);
    if (how === "in the middle") writeFileSync(path, bytes.fill(0xa5, bytes.length >> 2, (bytes.length >> 2) + 20_000));
    else writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    const before = contents(dataDir);
    expect(codeOf(() => Database.open(path, MIGRATIONS, silentLog))).toBe("INLET_STORE_CORRUPT");
    expect(contents(dataDir)).toEqual(before);
    const again = openStore(dataDir);
    expect(aside(dataDir)).toEqual(before);
    const { items } = again.listItems({ limit: 200 });
    expect(items.length).toBeGreaterThan(100);
    for (const item of items) expect(item.text).toBe("words ".repeat(200));
    expect(again.listItems({ query: "words", limit: 1 }).items).toHaveLength(1);
    again.addItem(message("new"));
    again.close();
    expect(openStore(dataDir)).toMatchObject({ salvaged: undefined });
  },
);

it("C3: a WAL cut short loses its last commits only", async () => {
  const dataDir = temporaryFolder();
  openStore(dataDir).close();
  await kill(
    await otherProcess(
      dataDir,
      `const store = (globalThis.store = Store.open(dataDir, options));
       for (let i = 0; i < 20; i++) store.setSetting("n", i);`,
    ),
  );
  const wal = join(dataDir, `${DATABASE_FILE}-wal`);
  const bytes = readFileSync(wal);
  // One commit is one frame of 4120 octets; the last two do not stay whole.
  writeFileSync(wal, bytes.subarray(0, bytes.length - 5000));
  expect(openStore(dataDir).getSetting("n")).toBe(17);
});

it("C3: a migration that fails leaves the version before it whole", () => {
  const path = join(temporaryFolder(), "x.db");
  const first = "CREATE TABLE a (x) STRICT";
  const open = (...migrations: string[]) => Database.open(path, migrations, silentLog);
  const good = "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)";
  expect(() => open(first)).toThrow("missing datatype");
  open(good).close();
  expect(() => open(good, "CREATE TABLE b (x INTEGER) STRICT; DELETE FROM a; nonsense")).toThrow("nonsense");
  using again = open(good);
  expect(again.all("SELECT x FROM a")).toMatchObject([{ x: 1 }]);
  again.close();
  using newer = open(good, "CREATE TABLE b (x INTEGER) STRICT");
  expect(newer.all("SELECT * FROM b")).toEqual([]);
});

it("C3: before a migration the database is copied; the copy before is then given up", () => {
  const folder = temporaryFolder();
  const path = join(folder, "x.db");
  const migrations = [
    "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)",
    "UPDATE a SET x = 2",
    "UPDATE a SET x = 3",
  ];
  const open = (newest: number) => Database.open(path, migrations.slice(0, newest), silentLog);
  open(1).close();
  expect(readdirSync(folder)).toEqual(["x.db"]);
  open(2).close();
  writeFileSync(`${path}.version-2.unfinished`, "of a process that was killed");
  open(3).close();
  open(3).close();
  expect(contents(folder).map(([name]) => name)).toEqual(["x.db", "x.db.version-2"]);
  expect(statSync(`${path}.version-2`).mode & 0o777).toBe(0o600);
  using kept = new DatabaseSync(`${path}.version-2`);
  expect(kept.prepare("SELECT x FROM a").all()).toMatchObject([{ x: 2 }]);
  expect(kept.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 2 });
});

it("C3: killed while a damaged database is set aside, nothing of it is lost", () => {
  const dataDir = temporaryFolder();
  const store = openStore(dataDir);
  store.recordOffer(offer("o1"));
  store.addItem(message("kept"));
  store.close();
  const path = join(dataDir, DATABASE_FILE);
  // As between the two renames: the new one is whole, the damaged one aside, its WAL not yet.
  renameSync(path, `${path}.salvaged`);
  writeFileSync(`${path}.damaged-x`, "damaged");
  writeFileSync(`${path}-wal`, "of the damaged one");
  const again = openStore(dataDir);
  expect(again.getItem("kept").id).toBe("kept");
  expect(again.findOffer("o1")?.files).toHaveLength(2);
  expect(readFileSync(`${path}.damaged-x`, "utf8")).toBe("damaged");
});

it("a transaction that throws changes nothing", () => {
  using db = Database.open(join(temporaryFolder(), "x.db"), ["CREATE TABLE a (x INTEGER) STRICT"], silentLog);
  const failing = () =>
    db.transaction(() => {
      db.run("INSERT INTO a VALUES (1)");
      throw new Error("on purpose");
    });
  expect(failing).toThrow("on purpose");
  expect(db.all("SELECT * FROM a")).toEqual([]);
  expect(db.transaction(() => db.run("INSERT INTO a VALUES (2)"))).toBe(1);
});

it("every commit is flushed, and the file is its owner's alone", () => {
  const dataDir = join(temporaryFolder(), "new", "folder");
  mkdirSync(join(dataDir, ".."));
  openStore(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
  using db = Database.open(join(temporaryFolder(), "x.db"), [], silentLog);
  const pragma = (name: string) => Object.values(db.get<object>(`PRAGMA ${name}`) ?? {})[0];
  expect(["journal_mode", "synchronous", "foreign_keys", "fullfsync"].map(pragma)).toEqual(["wal", 2, 1, 1]);
});

const LARGE = { checkedAtOnce: 0 };
async function large(): Promise<string> {
  const dataDir = temporaryFolder();
  const store = openStore(dataDir);
  for (let i = 0; i < 500; i++) store.addItem(message(`m${i}`, { text: "words ".repeat(200) }));
  store.close();
  return dataDir;
}
const spoil = (path: string): void => {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, bytes.length >> 2, (bytes.length >> 2) + 20_000));
};

it("storeCheckedAtOnce: a large one is looked through while it is in use, and stays in use", async () => {
  const dataDir = await large();
  const store = openStore(dataDir, LARGE);
  const found = store.checkBehind();
  for (let i = 0; i < 100; i++) store.addItem(message(`meanwhile${i}`));
  expect(await found).toBeUndefined();
  store.close();
  expect(openStore(dataDir).counters().items).toBe(600);
});

it("C3: one found damaged behind is mended at the next start, with what came meanwhile", async () => {
  const dataDir = await large();
  const path = join(dataDir, DATABASE_FILE);
  spoil(path);
  const spoilt = readFileSync(path);
  const store = openStore(dataDir, LARGE);
  expect(store.salvaged).toBeUndefined();
  store.setSetting("meanwhile", "kept");
  expect(await store.checkBehind()).toMatch(/./);
  // Nothing of it was replaced.
  expect(readFileSync(path).equals(spoilt)).toBe(true);
  store.close();
  const again = openStore(dataDir, LARGE);
  expect(again.salvaged?.rows).toBeGreaterThan(100);
  expect(again.getSetting("meanwhile")).toBe("kept");
  expect(await again.checkBehind()).toBeUndefined();
  again.close();
  expect(readdirSync(dataDir).filter((name) => name.includes("is-damaged"))).toEqual([]);
});

it("C3: a large one is looked through at once after a kill, and when it is shorter than it says", async () => {
  const dataDir = await large();
  const path = join(dataDir, DATABASE_FILE);
  await kill(await otherProcess(dataDir, `(globalThis.store = Store.open(dataDir, options)).setSetting("in", "wal");`));
  spoil(path);
  expect(openStore(dataDir, LARGE).salvaged).toBeDefined();
  const other = await large();
  const cut = join(other, DATABASE_FILE);
  writeFileSync(cut, readFileSync(cut).subarray(0, -4096));
  expect(openStore(other, LARGE).salvaged).toBeDefined();
});
