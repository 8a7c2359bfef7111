import { describe, expect, it } from "vitest";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { cutTemplate } from "./fill.ts";
import { chooseLanguage, makeLanguage } from "./language.ts";

const english = makeLanguage("en");
const german = makeLanguage("de");

describe("sizes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1_000, "1 KB"],
    [1_049, "1 KB"],
    [4_092, "4.1 KB"],
    [99_949, "99.9 KB"],
    [99_950, "100 KB"],
    [999_499, "999 KB"],
    [999_500, "1 MB"],
    [4_092_000, "4.1 MB"],
    [734_000_000, "734 MB"],
    [5_000_000_000, "5 GB"],
    [Number.MAX_SAFE_INTEGER, "9,007 TB"],
  ])("%d octets are %s", (octets, words) => {
    expect(english.size(octets)).toBe(words);
  });

  it("are written as the language writes numbers", () => {
    expect(german.size(4_092)).toBe("4,1 KB");
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const ago = (ms: number) => new Date(now - ms).toISOString();

  it("are relative under a day", () => {
    expect(english.when(ago(0), now)).toBe("just now");
    expect(english.when(ago(59_999), now)).toBe("just now");
    expect(english.when(ago(5 * 60_000), now)).toBe("5 min. ago");
    expect(english.when(ago(23.9 * 3_600_000), now)).toBe("23 hr. ago");
    expect(english.when(ago(24 * 3_600_000), now)).toMatch(/2026/);
  });

  it("of a clock that is ahead are now, not in the past", () => {
    expect(english.when(ago(-5_000), now)).toBe("just now");
  });

  it.each([
    [0, "0 sec"],
    [900, "1 sec"],
    [59_000, "59 sec"],
    [60_000, "1 min"],
    [125_000, "2 min 5 sec"],
    [3_540_000, "59 min"],
    [3_600_000, "1 hr"],
    [5_400_000, "1 hr 30 min"],
    [7_190_000, "2 hr"],
    [172_800_000, "2 days"],
    [-1, "0 sec"],
  ])("%d ms left are %s", (ms, words) => {
    expect(english.duration(ms)).toBe(words);
  });
});

describe("days", () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour);
  it("go by the calendar, not by 24 hours", () => {
    const now = at(21, 1).getTime();
    expect(english.day(at(21, 0).toISOString(), now)).toBe("Today");
    expect(english.day(at(20, 23).toISOString(), now)).toBe("Yesterday");
    expect(english.day(at(19, 23).toISOString(), now)).toBe("Thursday, November 19");
    expect(english.day(new Date(2025, 10, 19).toISOString(), now)).toBe("November 19, 2025");
  });
});

describe("words", () => {
  it("count", () => {
    expect(english.count(en.offers.card, 1, { who: "Anna" })).toBe("Offer from Anna: 1 file");
    expect(english.count(en.offers.card, 2_000, { who: "Anna" })).toBe("Offer from Anna: 2,000 files");
    expect(german.count(de.offers.card, 2_000, { who: "Anna" })).toBe("Angebot von Anna: 2.000 Dateien");
  });

  it("follow the first preference there is a table for", () => {
    expect(chooseLanguage(["fr-FR", "de-AT", "en"])).toBe("de");
    expect(chooseLanguage(["xx"])).toBe("en");
    expect(makeLanguage("de-AT").w).toBe(de);
  });
});

/** Every sentence of a table with its path. */
function* sentences(table: object, path = ""): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(table) as [string, unknown][]) {
    if (typeof value === "string") yield [`${path}${name}`, value];
    else if (typeof value === "object" && value !== null) yield* sentences(value, `${path}${name}.`);
  }
}
const places = (template: string) =>
  cutTemplate(template)
    .filter((_, position) => position % 2 === 1)
    .sort();

describe("the German table", () => {
  const german = new Map(sentences(de));
  // "a file" needs no number, and which languages can do without one differs.
  const withoutNumber = (names: readonly string[]) => names.filter((name) => name !== "n");

  it.each([...sentences(en)])("%s has the same places", (path, template) => {
    const translated = german.get(path) ?? "";
    expect(translated).not.toBe("");
    const plain = path.endsWith(".one") ? withoutNumber : (names: readonly string[]) => names;
    expect(plain(places(translated))).toEqual(plain(places(template)));
  });
});
