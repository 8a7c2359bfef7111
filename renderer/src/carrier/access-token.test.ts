import { describe, expect, it } from "vitest";
import { takeToken, tokenInFragment } from "./access-token.ts";

const TOKEN = `${"aB3-_".repeat(8)}xyz`;

function page(hash: string, stored?: string) {
  const storage = new Map<string, string>(stored === undefined ? [] : [["inlet.token", stored]]);
  const replaced: string[] = [];
  return {
    replaced,
    storage,
    location: { hash, pathname: "/", search: "?x=1" },
    sessionStorage: {
      getItem: (name: string) => storage.get(name) ?? null,
      setItem: (name: string, value: string) => void storage.set(name, value),
    },
    history: { replaceState: (_: unknown, __: string, url?: string | URL | null) => void replaced.push(String(url)) },
  };
}

describe("the token", () => {
  it("moves from the address into the tab's storage", () => {
    const opened = page(`#token=${TOKEN}`);
    expect(takeToken(opened)).toBe(TOKEN);
    expect(opened.storage.get("inlet.token")).toBe(TOKEN);
    expect(opened.replaced).toEqual(["/?x=1"]);
  });

  it("is found again after a reload, and the address is left alone", () => {
    const reloaded = page("#/offers", TOKEN);
    expect(takeToken(reloaded)).toBe(TOKEN);
    expect(reloaded.replaced).toEqual([]);
  });

  it("in the address wins over an older one", () => {
    expect(takeToken(page(`#token=${TOKEN}`, "C".repeat(43)))).toBe(TOKEN);
  });

  it("is missing where there is none, or something that is none", () => {
    expect(takeToken(page(""))).toBeUndefined();
    expect(takeToken(page("", "too short"))).toBeUndefined();
  });

  it("that is malformed leaves the address all the same", () => {
    const opened = page("#token=short");
    expect(takeToken(opened)).toBeUndefined();
    expect(opened.replaced).toHaveLength(1);
  });

  it.each(["#token=", "#token=a b", `#token=${TOKEN}x`, `#other=${TOKEN}`, "#/inbox"])("is not in %s", (fragment) => {
    expect(tokenInFragment(fragment)).toBeUndefined();
  });
});
