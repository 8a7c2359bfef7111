import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { resiliencePage } from "./resilience-doc.mjs";

it("docs/resilience.md is what the titles of the tests say (npm run docs)", () => {
  expect(readFileSync(new URL("../docs/resilience.md", import.meta.url), "utf8")).toBe(resiliencePage());
});
