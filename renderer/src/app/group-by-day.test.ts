import { expect, it } from "vitest";
import { groupByDay } from "./group-by-day.ts";

const at = (id: string, day: number, hour: number) => ({ id, iso: new Date(2026, 10, day, hour).toISOString() });
const shape = (entries: readonly { id: string; iso: string }[]) =>
  groupByDay(entries, ({ iso }) => iso).map((row) => (row.kind === "day" ? "day" : row.key));

it("puts a heading before each local day", () => {
  expect(shape([at("a", 21, 9), at("b", 21, 0), at("c", 20, 23), at("d", 1, 5)])).toEqual([
    "day",
    "a",
    "b",
    "day",
    "c",
    "day",
    "d",
  ]);
});

it("has nothing to say of nothing", () => {
  expect(shape([])).toEqual([]);
});

it("gives every row a key of its own, even out of order", () => {
  const rows = groupByDay([at("a", 21, 1), at("b", 20, 1), at("c", 21, 2)], ({ iso }) => iso);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});
