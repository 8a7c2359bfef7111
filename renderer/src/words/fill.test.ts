import { expect, it } from "vitest";
import { fill } from "./fill.ts";

it("puts values in their places", () => {
  expect(fill("{who} offers {n} files", { who: "Anna", n: 3 })).toBe("Anna offers 3 files");
});

it("does not read a value as a template", () => {
  expect(fill("{who}, {n}", { who: "{n} $& {who}", n: 1 })).toBe("{n} $& {who}, 1");
});

it("shows a place without a value", () => {
  expect(fill("{who}", {})).toBe("{who}");
});
