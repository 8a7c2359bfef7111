/** docs/conformance.md tells the truth: each test it names exists, in the file it names, and no row is missing or double. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const page = readFileSync(new URL("docs/conformance.md", root), "utf8");
const rows = page.split("\n").flatMap((line) => {
  const match = /^\| (S\d-C?\d+) \|.*\| (.+) \|$/.exec(line);
  return match === null ? [] : [{ id: match[1], shown: match[2] }];
});

describe("the conformance table", () => {
  it("has each requirement once", () => {
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const count = (prefix) => ids.filter((id) => id.startsWith(prefix)).length;
    expect([count("S0-"), count("S1-"), count("S2-"), count("S3-"), count("S4-")]).toEqual([52, 115, 44, 34, 24]);
  });

  it.each(rows.filter(({ shown }) => shown !== "not yet"))("$id is shown by a test that exists", ({ shown }) => {
    const match = /^`([^`]+)`: (.+)$/.exec(shown);
    expect(match).not.toBeNull();
    const [, file, title] = match;
    expect(readFileSync(new URL(file, root), "utf8").replaceAll('\\"', '"')).toContain(title);
  });

  it("counts what it shows", () => {
    const shown = rows.filter((row) => row.shown !== "not yet").length;
    expect(page).toContain(`${shown} of ${rows.length} rows are shown by a test.`);
  });
});
