import { expect, it } from "vitest";
import type { OfferRecord, Rule } from "../contract/index.ts";
import { LIMITS } from "../kernel/index.ts";
import { rehearse } from "./rehearse.ts";

const SINCE = "2026-01-10T00:00:00.000Z";
const record = (id: string, receivedAt = "2026-01-11T10:00:00.000Z"): OfferRecord => ({
  ...{ id, account: "sip:bob@example.net", from: { uri: "sip:anna@example.net" }, receivedAt },
  files: [
    { index: 0, name: "a.png", type: "image/png", size: 10, outcome: "completed" },
    { index: 1, name: "b.txt", type: "text/plain", outcome: "rejected" },
  ],
});
const pictures: Rule = { id: "", name: "Pictures", enabled: true, when: { types: ["image/*"] }, action: "accept" };

it("rehearsalAge: looks at what was offered since, and no further", () => {
  let read = 0;
  function* history(): Generator<OfferRecord> {
    for (const at of ["2026-01-12", "2026-01-10", "2026-01-09", "2025-01-01"]) {
      read++;
      yield record(at, `${at}T00:00:00.000Z`);
    }
  }
  const result = rehearse(pictures, [pictures], "ask", history(), SINCE);
  expect(result).toMatchObject({ looked: 4, fits: 2, decides: 2, octets: 20, since: SINCE });
  expect(result.files.map(({ offer, name, outcome }) => [offer, name, outcome])).toEqual([
    ["2026-01-12", "a.png", "completed"],
    ["2026-01-10", "a.png", "completed"],
  ]);
  expect(read).toBe(3);
});

it("rehearsalOffers, rehearsalFiles: counts all and names a hundred; a long history is cut", () => {
  const history = Array.from({ length: LIMITS.rehearsalOffers + 5 }, (_, n) => record(`${n}`));
  const result = rehearse(pictures, [pictures], "ask", history, SINCE);
  expect(result.fits).toBe(LIMITS.rehearsalOffers);
  expect(result.files).toHaveLength(LIMITS.rehearsalFiles);
});
