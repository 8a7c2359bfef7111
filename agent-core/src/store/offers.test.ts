import { describe, expect, it } from "vitest";
import type { OfferRecord } from "../contract/index.ts";
import { ManualClock, reason } from "../kernel/index.ts";
import { type FileOutcome, offerOutcome } from "./offer-outcome.ts";
import { codeOf, message, offer, openStore, temporaryFolder } from "./testing.ts";

const NOW = "2026-01-01T12:00:00.000Z";
const atNoon = () => ({ clock: new ManualClock(Date.parse(NOW)) });
const withdrawn = reason("INLET_OFFER_WITHDRAWN");

describe("the history of offers", () => {
  it("gives back what was recorded, also after closing", () => {
    const dataDir = temporaryFolder();
    const whole: OfferRecord = {
      ...offer("o2", { channel: "sip:news@example.net", from: { uri: "sip:x@example.net" } }),
      endedAt: NOW,
      outcome: "failed",
      reason: withdrawn,
      files: [{ index: 3, name: "c", outcome: "failed", reason: withdrawn }],
    };
    const before = openStore(dataDir);
    before.recordOffer(offer("o1"));
    before.recordOffer(whole);
    before.close();
    expect(openStore(dataDir).listOffers()).toEqual({ offers: [whole, offer("o1")] });
  });

  it("follows each file", () => {
    const store = openStore();
    store.recordOffer(offer("o1"));
    store.addItem(message("i1"));
    store.updateOfferFile("o1", 0, { outcome: "receiving" });
    store.updateOfferFile("o1", 0, { outcome: "completed", item: "i1" });
    store.updateOfferFile("o1", 1, { outcome: "failed", reason: reason("INLET_TRANSFER_STALLED") });
    expect(store.listOffers().offers[0]?.files).toMatchObject([
      { index: 0, outcome: "completed", item: "i1" },
      { index: 1, outcome: "failed", reason: { code: "INLET_TRANSFER_STALLED" } },
    ]);
  });

  it("an offer ends once, and its open files with it", () => {
    const store = openStore(undefined, atNoon());
    store.recordOffer(offer("o1"));
    store.updateOfferFile("o1", 0, { outcome: "rejected" });
    expect(store.endOffer("o1", "cancelled", withdrawn)).toBe(true);
    expect(store.endOffer("o1", "completed")).toBe(false);
    expect(store.listOffers().offers[0]).toMatchObject({
      endedAt: NOW,
      outcome: "cancelled",
      reason: withdrawn,
      files: [{ outcome: "rejected" }, { outcome: "cancelled", reason: withdrawn }],
    });
  });

  it("names what does not exist", () => {
    const store = openStore();
    store.recordOffer(offer("o1"));
    expect(codeOf(() => store.endOffer("o2", "failed"))).toBe("INLET_OFFER_UNKNOWN");
    expect(codeOf(() => store.updateOfferFile("o2", 0, { outcome: "failed" }))).toBe("INLET_OFFER_UNKNOWN");
    expect(codeOf(() => store.updateOfferFile("o1", 9, { outcome: "failed" }))).toBe("INLET_OFFER_UNKNOWN");
    expect(codeOf(() => store.listOffers({ before: "1; DROP TABLE offers" }))).toBe("INLET_COMMAND_INVALID");
  });

  it("pages stay where they are while offers arrive", () => {
    const store = openStore();
    for (let i = 0; i < 25; i++) store.recordOffer(offer(`o${i}`));
    const seen: string[] = [];
    for (let before: string | undefined; ; ) {
      const { offers, next } = store.listOffers({ limit: 7, before });
      seen.push(...offers.map(({ id }) => id));
      if (next === undefined) break;
      before = next;
      store.recordOffer(offer(`late${seen.length}`));
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `o${24 - i}`));
  });
});

describe("what Inlet was stopped over", () => {
  it.each<[FileOutcome[], FileOutcome[], string, boolean]>([
    [["open", "open"], ["expired", "expired"], "expired", true],
    [["receiving", "rejected"], ["failed", "rejected"], "failed", true],
    [["completed", "receiving"], ["completed", "failed"], "partial", true],
    [["completed", "completed"], ["completed", "completed"], "completed", false],
    [["completed", "rejected"], ["completed", "rejected"], "completed", false],
    [["rejected", "rejected"], ["rejected", "rejected"], "rejected", false],
    [["cancelled", "cancelled"], ["cancelled", "cancelled"], "cancelled", true],
    [["failed", "cancelled"], ["failed", "cancelled"], "failed", true],
  ])("%j ends as %j: %s", (files, ended, outcome, interrupted) => {
    const dataDir = temporaryFolder();
    const killed = openStore(dataDir);
    killed.recordOffer(offer("ended"));
    killed.endOffer("ended", "rejected");
    killed.recordOffer(offer("o1", { files: files.map((outcome, index) => ({ index, name: `${index}`, outcome })) }));
    killed.close();
    const store = openStore(dataDir, atNoon());
    expect(store.interruptedOffers().map(({ id }) => id)).toEqual(["o1"]);
    const [closed, ...others] = store.closeInterrupted();
    expect(others).toEqual([]);
    expect(closed).toMatchObject({ id: "o1", endedAt: NOW, outcome });
    expect(closed?.files.map((file) => file.outcome)).toEqual(ended);
    expect(closed?.reason?.code).toBe(interrupted ? "INLET_INTERRUPTED" : undefined);
    for (const [i, file] of (closed?.files ?? []).entries())
      expect(file.reason?.code).toBe(file.outcome === files[i] ? undefined : "INLET_INTERRUPTED");
    expect(store.listOffers().offers[0]).toEqual(closed);
    expect(store.closeInterrupted()).toEqual([]);
  });
});

it("the outcome of an offer without files is rejected", () => {
  expect(offerOutcome([])).toBe("rejected");
});
