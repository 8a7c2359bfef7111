import { expect, test } from "vitest";
import { InletError } from "./errors.ts";
import { readable } from "./readable.ts";

test("what cannot be read is left out; a bug is not", () => {
  expect(readable(() => 1)).toBe(1);
  expect(
    readable(() => {
      throw new InletError("INLET_SIP_SYNTAX");
    }),
  ).toBeUndefined();
  expect(() =>
    readable(() => {
      throw new TypeError("a bug");
    }),
  ).toThrow(TypeError);
});
