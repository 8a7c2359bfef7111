import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelKey, type Item } from "../contract/index.ts";
import { ManualClock } from "../kernel/index.ts";
import type { NewItem } from "./items.ts";
import { DATABASE_FILE, type Store } from "./store.ts";
import { codeOf, message, offer, openStore, temporaryFolder } from "./testing.ts";

const BOB = "sip:bob@example.net";
const NEWS = "sip:news@example.net";

const wholeFile: NewItem = {
  id: "f1",
  account: BOB,
  kind: "file",
  from: { uri: "sip:alice@example.net", name: "Alice", asserted: "sip:+15550100@example.net" },
  channel: NEWS,
  offer: "o1",
  index: 0,
  name: "Übersicht.pdf",
  type: "application/pdf",
  size: 2 ** 40,
  path: "/home/bob/Übersicht.pdf",
  description: "as promised",
  sha1: "aa",
  sha256: "bb",
  verified: "yes",
  acceptedBy: "person",
  receivedAt: "2026-01-01T10:00:00.123Z",
};

const names = (result: { items: Item[] }) => result.items.map(({ id }) => id);

function allPages(store: Store, query: { limit: number; query?: string; channel?: string }, between = () => {}) {
  const seen: string[] = [];
  for (let before: string | undefined; ; ) {
    const { items, next } = store.listItems({ ...query, before });
    seen.push(...items.map(({ id }) => id));
    if (next === undefined) return seen;
    before = next;
    between();
  }
}

describe("an item", () => {
  it("comes back as it was added, also after closing", () => {
    const dataDir = temporaryFolder();
    const before = openStore(dataDir);
    expect(before.addItem(wholeFile)).toEqual({ ...wholeFile, read: false });
    before.addItem(message("m1", { text: "a\0b", body: Buffer.from("the whole") }));
    before.close();
    const store = openStore(dataDir);
    expect(store.getItem("f1")).toEqual({ ...wholeFile, read: false });
    expect(store.getItem("m1")).toEqual(message("m1", { text: "a\0b", read: false } as Partial<NewItem>));
    expect(Buffer.from(store.itemBody("m1") ?? []).toString()).toBe("the whole");
    expect(store.itemBody("f1")).toBeUndefined();
    expect(names(store.listItems({ query: "whole" }))).toEqual([]);
  });

  it("any text in it is kept as it is", () => {
    const store = openStore();
    let n = 0;
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.uint8Array(), (text, body) => {
        const id = `p${n++}`;
        store.addItem(message(id, { text, name: text, body }));
        expect(store.getItem(id)).toMatchObject({ text, name: text });
        expect(store.itemBody(id)).toEqual(body);
      }),
      { numRuns: 50 },
    );
  });

  it("is recorded with its offer's file, or neither is", () => {
    const store = openStore();
    store.recordOffer(offer("o1"));
    store.addItem(wholeFile, { offerFile: { offer: "o1", index: 0 } });
    expect(store.listOffers().offers[0]?.files[0]).toMatchObject({ outcome: "completed", item: "f1" });
    const unknown = () => store.addItem(message("f2"), { offerFile: { offer: "o1", index: 7 } });
    expect(codeOf(unknown)).toBe("INLET_OFFER_UNKNOWN");
    expect(codeOf(() => store.getItem("f2"))).toBe("INLET_ITEM_UNKNOWN");
    expect(store.listItems({ query: "hello" }).items).toEqual([]);
  });

  it("cannot be recorded twice", () => {
    const store = openStore();
    store.addItem(message("m1"));
    expect(() => store.addItem(message("m1"))).toThrow("UNIQUE");
    expect(store.counters().items).toBe(1);
  });
});

describe("the list", () => {
  it("pages stay where they are while items come and go", () => {
    const store = openStore();
    for (let i = 0; i < 50; i++) store.addItem(message(`m${i}`));
    let late = 0;
    const seen = allPages(store, { limit: 7 }, () => {
      store.addItem(message(`late${late++}`));
      store.deleteItem(`m${49 - late}`);
    });
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `m${49 - i}`));
  });

  it("follows arrival, though the wall clock was set back", () => {
    const store = openStore();
    store.addItem(message("m1", { receivedAt: "2026-05-01T00:00:00.000Z" }));
    store.addItem(message("m2", { receivedAt: "2020-01-01T00:00:00.000Z" }));
    expect(names(store.listItems())).toEqual(["m2", "m1"]);
  });

  it("page: holds at most a page of 200, and at least one row", () => {
    const store = openStore();
    for (let i = 0; i < 205; i++) store.addItem(message(`m${i}`));
    expect(store.listItems({ limit: 100_000 }).items).toHaveLength(200);
    expect(store.listItems({ limit: -5 }).items).toHaveLength(1);
    expect(store.listItems().items).toHaveLength(50);
  });

  it.each(["", "x", "s", "s!", "s1 OR 1=1", "szzzzzzzzzzzzzzzzzzzz"])("cursor %j is refused", (before) => {
    expect(codeOf(() => openStore().listItems({ before }))).toBe("INLET_COMMAND_INVALID");
  });

  it("of ten thousand items is right, whole, by channel, by kind and by search", () => {
    const store = openStore();
    const all = Array.from({ length: 10_000 }, (_, i) => i);
    for (const i of all) {
      store.addItem(
        message(`m${i}`, {
          name: `Report number${i}.pdf`,
          text: i % 3 === 0 ? "fizz" : "plain",
          kind: i % 1000 === 0 ? "link" : "message",
          ...(i % 5 === 0 ? { channel: NEWS } : {}),
        }),
      );
    }
    const newestFirst = (keep: (i: number) => boolean) =>
      all
        .filter(keep)
        .map((i) => `m${i}`)
        .reverse();
    expect(allPages(store, { limit: 200 })).toEqual(newestFirst(() => true));
    expect(allPages(store, { limit: 200, channel: NEWS })).toEqual(newestFirst((i) => i % 5 === 0));
    expect(names(store.listItems({ limit: 200, kind: "link" }))).toEqual(newestFirst((i) => i % 1000 === 0));
    expect(allPages(store, { limit: 200, query: "FIZ rep", channel: NEWS })).toEqual(newestFirst((i) => i % 15 === 0));
    expect(names(store.listItems({ limit: 200, query: "number123" }))).toEqual(
      newestFirst((i) => `${i}`.startsWith("123")),
    );
    expect(store.counters()).toEqual({
      items: 10_000,
      unread: 10_000,
      unreadByChannel: { [channelKey(BOB, NEWS)]: 2000 },
    });
  }, 60_000);
});

describe("search", () => {
  const withThree = () => {
    const store = openStore();
    store.addItem(message("m1", { name: "Übersicht-2026_final.PDF", text: "Der Bericht" }));
    store.addItem(message("m2", { name: "near", text: "this or that, not both AND more" }));
    store.addItem(message("m3", { from: { uri: "sip:carol@example.org", name: "Carol Señor" } }));
    return store;
  };

  it.each([
    ["uber", ["m1"]],
    ["ÜBERSICHT", ["m1"]],
    ["2026_fin", ["m1"]],
    ["final.pdf bericht", ["m1"]],
    ["bericht carol", []],
    ["carol@example.org", ["m3"]],
    ["senor", ["m3"]],
    ["ersicht", []],
    ["  ", ["m3", "m2", "m1"]],
    // FTS5 syntax is only words
    ["OR", ["m3", "m2"]],
    ["NOT", ["m2"]],
    ["NEAR", ["m2"]],
    ["near(or that, 5)", []],
    ['" OR * NEAR(', ["m2"]],
    ["name:bericht", []],
    ["text:*", []],
    ["^near", ["m2"]],
    ["bericht NOT carol", []],
    ['"', []],
    ["*", []],
    ["😀", []],
    ["near\0xyz", []],
  ])("%j finds %j", (query, found) => {
    expect(names(withThree().listItems({ query }))).toEqual(found);
  });

  it("takes any input without failing", () => {
    const store = withThree();
    const syntax = fc.constantFrom(
      '"',
      "*",
      "(",
      ")",
      "^",
      ":",
      "+",
      "-",
      " AND ",
      " OR ",
      " NOT ",
      "NEAR(",
      "{name}",
      "\0",
      "e",
    );
    const typed = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(syntax).map((s) => s.join("")),
    );
    fc.assert(
      fc.property(typed, (query) => {
        expect(store.listItems({ query }).items.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 500 },
    );
  });
});

describe("reading", () => {
  it("counts what is unread, whole and by channel", () => {
    const store = openStore();
    for (const id of ["m1", "m2"]) store.addItem(message(id, { channel: NEWS }));
    store.addItem(message("m3"));
    expect(store.counters()).toEqual({ items: 3, unread: 3, unreadByChannel: { [channelKey(BOB, NEWS)]: 2 } });
    expect(store.markRead(["m1", "m3", "nobody's"], true)).toBe(2);
    expect(store.markRead(["m1"], true)).toBe(0);
    expect(store.getItem("m1").read).toBe(true);
    expect(store.counters()).toEqual({ items: 3, unread: 1, unreadByChannel: { [channelKey(BOB, NEWS)]: 1 } });
    store.markRead(["m1"], false);
    expect(store.counters().unread).toBe(2);
  });

  it("knows when the newest item of each channel came", () => {
    const store = openStore();
    store.addItem(message("m1", { channel: NEWS, receivedAt: "2026-01-02T00:00:00.000Z" }));
    store.addItem(message("m2", { channel: NEWS, receivedAt: "2026-01-01T00:00:00.000Z" }));
    store.addItem(message("m3", { channel: "sip:other@example.net", account: "sip:eve@example.net" }));
    store.addItem(message("m4"));
    expect(store.lastItemAt(BOB, NEWS)).toBe("2026-01-02T00:00:00.000Z");
    expect(store.lastItemAt(BOB, "sip:other@example.net")).toBeUndefined();
    store.deleteItem("m1");
    expect(store.lastItemAt(BOB, NEWS)).toBe("2026-01-01T00:00:00.000Z");
  });
});

describe("deleting", () => {
  it("takes it out of everything, and restoring puts it back in its place", () => {
    const store = openStore();
    for (const id of ["m1", "m2", "m3"]) store.addItem(message(id, { channel: NEWS, body: Buffer.from("x") }));
    store.deleteItem("m2");
    expect(names(store.listItems())).toEqual(["m3", "m1"]);
    expect(names(store.listItems({ query: "hello" }))).toEqual(["m3", "m1"]);
    expect(store.counters()).toMatchObject({ items: 2, unread: 2 });
    for (const use of [store.getItem, store.itemBody, store.deleteItem])
      expect(codeOf(() => use.call(store, "m2"))).toBe("INLET_ITEM_UNKNOWN");
    expect(store.restoreItem("m2").id).toBe("m2");
    expect(names(store.listItems())).toEqual(["m3", "m2", "m1"]);
    expect(codeOf(() => store.restoreItem("m9"))).toBe("INLET_ITEM_UNKNOWN");
  });

  it("is for good after the undo time: row, body and index go, and the paths of the files are told", () => {
    const clock = new ManualClock(Date.parse("2026-01-01T00:00:00Z"));
    const store = openStore(undefined, { clock });
    store.recordOffer(offer("o1"));
    store.addItem({ ...wholeFile, body: Buffer.from("x") }, { offerFile: { offer: "o1", index: 0 } });
    store.addItem({ ...wholeFile, id: "f2", path: "/home/bob/later.pdf" });
    store.deleteItem("f1");
    clock.advance(60_000);
    store.deleteItem("f2");
    expect(store.purgeDeleted("2026-01-01T00:00:00.000Z")).toEqual([]);
    expect(store.purgeDeleted("2026-01-01T00:00:30.000Z")).toEqual([wholeFile.path]);
    expect(codeOf(() => store.restoreItem("f1"))).toBe("INLET_ITEM_UNKNOWN");
    expect(store.restoreItem("f2").id).toBe("f2");
    expect(names(store.listItems({ query: "übersicht" }))).toEqual(["f2"]);
    const [file] = store.listOffers().offers[0]?.files ?? [];
    expect(file).toMatchObject({ outcome: "completed" });
    expect(file).not.toHaveProperty("item");
  });

  it("K5: an item whose file cannot be removed is tried again, and holds up no other", () => {
    const clock = new ManualClock();
    const store = openStore(undefined, { clock });
    const folder = temporaryFolder();
    const paths = ["a", "b"].map((name) => join(folder, name));
    // No file can be removed where a folder lies.
    mkdirSync(join(folder, "a"));
    writeFileSync(join(folder, "b"), "x");
    for (const path of paths) store.addItem({ ...wholeFile, id: path, path });
    for (const path of paths) store.deleteItem(path);
    clock.advance(1);
    const purge = () => store.purgeDeleted(new Date(clock.now()).toISOString());
    expect(purge()).toEqual([join(folder, "b")]);
    expect(readdirSync(folder)).toEqual(["a"]);
    rmdirSync(join(folder, "a"));
    expect(purge()).toEqual([join(folder, "a")]);
    expect(purge()).toEqual([]);
  });

  it("items that are kept for a time are deleted when it is over, oldest first, some at a time", () => {
    const store = openStore(undefined, { clock: new ManualClock(Date.UTC(2026, 5, 1)) });
    for (let i = 0; i < 250; i++) store.addItem(message(`old${i}`, { receivedAt: "2026-01-01T10:00:00.000Z" }));
    store.addItem(message("new", { receivedAt: "2026-05-01T10:00:00.000Z" }));
    const before = "2026-04-01T00:00:00.000Z";
    expect([store.deleteOld(before), store.deleteOld(before), store.deleteOld(before)]).toEqual([200, 50, 0]);
    expect(store.listItems().items.map(({ id }) => id)).toEqual(["new"]);
    expect(store.counters().items).toBe(1);
    expect(store.restoreItem("old0").id).toBe("old0");
  });

  it("what files take is counted by an index, until they are purged", () => {
    const clock = new ManualClock();
    const folder = temporaryFolder();
    const store = openStore(folder, { clock });
    for (const [id, channel] of [["a"], ["b", "weather"]] as const)
      store.addItem({ ...message(id), kind: "file", path: `/f/${id}`, size: 100, ...(channel && { channel }) });
    const { account } = wholeFile;
    expect([store.keptOctets(), store.keptOctets(account), store.keptOctets(account, "weather")]).toEqual([
      200, 200, 100,
    ]);
    expect([store.keptOctets("sip:eve@x"), store.keptOctets(account, "news")]).toEqual([0, 0]);
    store.deleteItem("a");
    expect(store.keptOctets()).toBe(200);
    clock.advance(1);
    store.purgeDeleted(new Date(clock.now()).toISOString());
    expect(store.keptOctets()).toBe(100);
    store.close();
    using db = new DatabaseSync(join(folder, DATABASE_FILE));
    const plan = db.prepare(
      "EXPLAIN QUERY PLAN SELECT total(size) FROM items INDEXED BY items_octets WHERE path IS NOT NULL AND account = 'a'",
    );
    expect(plan.all().map(({ detail }) => detail)).toEqual([expect.stringContaining("USING INDEX items_octets")]);
  });

  it("does not tell a path in which a later item lies", () => {
    const clock = new ManualClock();
    const store = openStore(undefined, { clock });
    store.addItem(wholeFile);
    store.addItem({ ...wholeFile, id: "f2" });
    store.deleteItem("f1");
    clock.advance(1);
    expect(store.purgeDeleted(new Date(clock.now()).toISOString())).toEqual([]);
    expect(names(store.listItems())).toEqual(["f2"]);
  });
});

describe("settings", () => {
  it("keep any JSON value by key, also after closing, until unset", () => {
    const dataDir = temporaryFolder();
    const before = openStore(dataDir);
    before.setSetting("accept", "all");
    before.setSetting("accept", { mode: ["ask"], n: null });
    before.setSetting("__proto__", 1);
    before.setSetting("gone", 1);
    before.setSetting("gone", undefined);
    before.close();
    const store = openStore(dataDir);
    expect(["accept", "__proto__", "gone", "never"].map((key) => store.getSetting(key))).toEqual([
      { mode: ["ask"], n: null },
      1,
      undefined,
      undefined,
    ]);
  });
});
