import { expect, it } from "vitest";
import { backoff } from "./backoff.ts";

it("doubles up to five seconds", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 1_000].map((attempt) => backoff(attempt, 1))).toEqual([
    250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000,
  ]);
});

it("is not in step with others", () => {
  expect(backoff(6, 0)).toBe(3_750);
});
