import { expect, it } from "vitest";
import { descriptorShare } from "./descriptors.ts";
import { LIMITS } from "./limits.ts";

it("descriptorReserve: what it leaves is for files and connections, and there is always one of each", () => {
  expect(descriptorShare(LIMITS.descriptorReserve + 300)).toBe(100);
  expect(descriptorShare(LIMITS.descriptorReserve)).toBe(1);
  expect(descriptorShare(10)).toBe(1);
});

it("the system's limit is known where there is one", () => {
  if (process.platform === "win32") expect(descriptorShare()).toBe(Number.POSITIVE_INFINITY);
  else expect(descriptorShare()).toBeGreaterThan(1);
});
