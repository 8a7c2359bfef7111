import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LIMITS } from "../agent-core/src/kernel/limits.ts";
import { limits, limitsPage } from "./limits-doc.mjs";
import { testsByName } from "./test-titles.mjs";

it("docs/limits.md is what the limits and the titles of the tests say (npm run docs)", () => {
  expect(readFileSync(new URL("../docs/limits.md", import.meta.url), "utf8")).toBe(limitsPage());
});

it("lists every limit, and each is shown by a test that bears its name", () => {
  const names = limits().map(({ name }) => name);
  expect(names).toEqual(Object.keys(LIMITS));
  const tests = testsByName();
  expect(names.filter((name) => !tests.has(name))).toEqual([]);
});
