import { describe, expect, it } from "vitest";
import { mergeNewest, type Page, PagedList } from "./paged-list.ts";

interface Thing {
  readonly id: string;
  readonly note?: string;
}
const page = (ids: string, next?: string): Page<Thing> => ({ entries: [...ids].map((id) => ({ id })), next });
const ids = ({ entries }: Page<Thing>) => entries.map(({ id }) => id).join("");

describe("the newest page again", () => {
  it("puts new entries first and keeps older ones", () => {
    const merged = mergeNewest(page("cba", "x"), page("edc", "y"));
    expect(ids(merged)).toBe("edcba");
    expect(merged.next).toBe("x");
  });

  it("takes away what is no longer where the page covers", () => {
    expect(ids(mergeNewest(page("dcba", "x"), page("db", "y")))).toBe("dba");
  });

  it("is all that is known after a gap, and when it is the only page", () => {
    expect(mergeNewest(page("ba", "x"), page("zy", "y"))).toEqual(page("zy", "y"));
    expect(mergeNewest(page("cba"), page("b"))).toEqual(page("b"));
  });
});

describe("a list in pages", () => {
  const pages: Record<string, Page<Thing>> = { first: page("dc", "2"), "2": page("cb", "3"), "3": page("a") };
  const fetch = (before: string | undefined) => Promise.resolve(pages[before ?? "first"] ?? page(""));

  it("goes on where it ended, without doubles, and stops at the end", async () => {
    const list = new PagedList<Thing>();
    await list.open(fetch);
    await list.more();
    await list.more();
    await list.more();
    expect(ids(list.store.getState())).toBe("dcba");
    expect(list.store.getState()).toMatchObject({ status: "ready", next: undefined });
  });

  it("drops the answer to a query that is no longer asked", async () => {
    const list = new PagedList<Thing>();
    const answer = Promise.withResolvers<Page<Thing>>();
    const late = list.open(() => answer.promise);
    await list.open(fetch);
    answer.resolve(page("zzz"));
    await late;
    expect(ids(list.store.getState())).toBe("dc");
  });

  it("says that it failed, keeps what it has, and can be asked again", async () => {
    const list = new PagedList<Thing>();
    let down = false;
    await list.open((before) => (down ? Promise.reject(new Error("down")) : fetch(before)));
    down = true;
    await list.more();
    expect(list.store.getState()).toMatchObject({ status: "failed" });
    expect(ids(list.store.getState())).toBe("dc");
    down = false;
    await list.refresh();
    expect(list.store.getState().status).toBe("ready");
  });

  it("changes, removes and puts back one entry", async () => {
    const list = new PagedList<Thing>();
    await list.open(() => Promise.resolve(page("dba")));
    list.insert({ id: "c" }, (entry, other) => entry.id > other.id);
    expect(ids(list.store.getState())).toBe("dcba");
    list.remove("b");
    list.update("a", (thing) => ({ ...thing, note: "changed" }));
    expect(list.store.getState().entries.at(-1)).toEqual({ id: "a", note: "changed" });
    expect(ids(list.store.getState())).toBe("dca");
  });
});
