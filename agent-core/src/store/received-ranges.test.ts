import fc from "fast-check";
import { expect, it } from "vitest";
import { LIMITS } from "../kernel/index.ts";
import { ReceivedRanges } from "./received-ranges.ts";
import { codeOf } from "./testing.ts";

it("counts distinct octets and pieces for any order and overlap", () => {
  const write = fc.tuple(fc.nat(60), fc.nat(12));
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
      const ranges = new ReceivedRanges();
      const model = new Set<number>();
      for (const [start, length] of writes) {
        ranges.add(start, start + length);
        for (let octet = start; octet < start + length; octet++) model.add(octet);
      }
      expect(ranges.octets).toBe(model.size);
      expect(ranges.extent).toBe(Math.max(-1, ...model) + 1);
      expect(ranges.pieces).toBe([...model].filter((octet) => !model.has(octet - 1)).length);
    }),
    { numRuns: 500 },
  );
});

it("a million one-byte pieces in reverse stay one range", () => {
  const ranges = new ReceivedRanges();
  for (let octet = 1_000_000; octet > 0; octet--) ranges.add(octet - 1, octet);
  expect(ranges).toMatchObject({ octets: 1_000_000, extent: 1_000_000, pieces: 1 });
});

it("landingRanges: a sender that leaves a gap after every byte is stopped at the limit, and can still fill gaps", () => {
  const ranges = new ReceivedRanges();
  for (let piece = 0; piece < LIMITS.landingRanges; piece++) ranges.add(piece * 2, piece * 2 + 1);
  expect(codeOf(() => ranges.add(LIMITS.landingRanges * 2, LIMITS.landingRanges * 2 + 1))).toBe(
    "INLET_TRANSFER_SCATTERED",
  );
  ranges.add(1, 2);
  expect(ranges.pieces).toBe(LIMITS.landingRanges - 1);
});
