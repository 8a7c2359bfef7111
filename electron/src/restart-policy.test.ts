import { expect, test } from "vitest";
import { afterDeath } from "./restart-policy.ts";

test("three deaths within a minute are borne, a fourth is not", () => {
  let deaths: readonly number[] = [];
  for (const now of [0, 1_000, 2_000]) {
    const next = afterDeath(deaths, now);
    if (next === "giveUp") throw new Error("gave up too early");
    deaths = next;
  }
  expect(afterDeath(deaths, 3_000)).toBe("giveUp");
  expect(afterDeath(deaths, 61_500)).toEqual([2_000, 61_500]);
});
