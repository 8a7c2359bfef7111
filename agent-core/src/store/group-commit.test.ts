import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { silentLog } from "../kernel/index.ts";
import { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { message, openStore, temporaryFolder } from "./testing.ts";

function open(): { db: Database; group: GroupCommit; rows: () => readonly number[] } {
  const path = `${temporaryFolder()}/x.db`;
  const db = Database.open(path, ["CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT"], silentLog);
  onTestFinished(() => db.close());
  const rows = () => db.all<{ n: number }>("SELECT n FROM t ORDER BY n").map(({ n }) => n);
  return { db, group: new GroupCommit(db), rows };
}

const insert = (db: Database, n: number) => (): number => {
  db.run("INSERT INTO t VALUES (:n)", { n });
  return n;
};

it("what is asked for in one turn is one transaction, and resolves in order", async () => {
  const { db, group, rows } = open();
  const order: number[] = [];
  const all = [3, 1, 2].map((n) => group.run(insert(db, n)).then((done) => order.push(done)));
  expect(rows()).toEqual([]);
  await Promise.all(all);
  expect(rows()).toEqual([1, 2, 3]);
  expect(order).toEqual([3, 1, 2]);
});

it("one that fails leaves nothing behind and harms nobody", async () => {
  const { db, group, rows } = open();
  const bug = new Error("bug");
  const results = await Promise.allSettled([
    group.run(insert(db, 1)),
    group.run(() => {
      insert(db, 2)();
      throw bug;
    }),
    group.run(insert(db, 3)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: bug });
  expect(rows()).toEqual([1, 3]);
});

it("what makes the commit fail fails alone", async () => {
  const { db, group, rows } = open();
  db.run("PRAGMA foreign_keys = ON");
  db.run("CREATE TABLE child (n INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED) STRICT");
  const results = await Promise.allSettled([
    group.run(insert(db, 1)),
    group.run(() => db.run("INSERT INTO child VALUES (7)")),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(rows()).toEqual([1]);
});

it("a hundred at once are several transactions: what else waits has its turn between them", async () => {
  const { db, group, rows } = open();
  const all = Array.from({ length: 100 }, (_, n) => group.run(insert(db, n)));
  const seen: number[] = [];
  while (seen.at(-1) !== 100) {
    await setImmediate();
    seen.push(rows().length);
  }
  await Promise.all(all);
  expect(seen).toContain(16);
  expect(seen).toContain(96);
});

it("a store that closes commits what waits first", async () => {
  const folder = temporaryFolder();
  const store = openStore(folder);
  const added = store.addItemSoon(message("m1"));
  store.close();
  expect((await added).id).toBe("m1");
  expect(openStore(folder).getItem("m1").id).toBe("m1");
});
