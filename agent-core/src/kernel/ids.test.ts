import { expect, test } from "vitest";
import { randomToken } from "./index.ts";

test("msrp-java reads no request whose transact-id has anything but 8 to 20 letters and digits, and hangs there", () => {
  const tokens = Array.from({ length: 500 }, () => randomToken(96));
  expect(tokens.filter((token) => !/^[A-Za-z0-9]{8,20}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(500);
});

test.each([48, 64, 96, 128, 160, 256])("a token of %i bits has as many letters and digits", (bits) => {
  expect(randomToken(bits)).toMatch(new RegExp(`^[A-Za-z0-9]{${Math.ceil((Math.ceil(bits / 8) * 8) / 6)}}$`));
});
