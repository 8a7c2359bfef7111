import { expect, it } from "vitest";
import { LIMITS } from "../../kernel/index.ts";
import { applyRegInfo, parseRegInfo, type RegState } from "./index.ts";

const document = (version: number, state: string, ids: readonly string[]) =>
  parseRegInfo(
    Buffer.from(
      `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="${state}">${ids
        .map((id) => `<registration aor="sip:${id}@x" id="${id}" state="active"/>`)
        .join("")}</reginfo>`,
    ),
  );

it("registrations: partial documents cannot add up beyond the limit", () => {
  const ids = Array.from({ length: LIMITS.registrations }, (_, i) => `r${i}`);
  const full = applyRegInfo(undefined, document(1, "full", ids)) as RegState;
  expect(full.registrations.size).toBe(LIMITS.registrations);
  expect(() => applyRegInfo(full, document(2, "partial", ["more"]))).toThrow("too many registrations");
});

it("X7: a version that goes back, or comes again, changes nothing", () => {
  const state = applyRegInfo(undefined, document(5, "full", ["a"])) as RegState;
  for (const version of [0, 4, 5]) expect(applyRegInfo(state, document(version, "full", ["b"]))).toBe("stale");
});
