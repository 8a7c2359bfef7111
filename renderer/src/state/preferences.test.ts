import { expect, it } from "vitest";
import { parsePreferences } from "./preferences.ts";

const defaults = { theme: "system", density: "comfortable", language: "system", rail: "wide" };

it.each([null, "", "not json", "null", "[]", "3", '{"theme":"<script>"}'])("%s gives the defaults", (stored) => {
  expect(parsePreferences(stored)).toEqual(defaults);
});

it("keeps what is a preference beside what is none", () => {
  expect(parsePreferences('{"theme":"dark","density":7,"other":1}')).toEqual({ ...defaults, theme: "dark" });
});
