import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { contractPage } from "./contract-doc.mjs";

it("docs/contract.md is what the schemas say (npm run docs)", () => {
  expect(readFileSync(new URL("../docs/contract.md", import.meta.url), "utf8")).toBe(contractPage());
});
