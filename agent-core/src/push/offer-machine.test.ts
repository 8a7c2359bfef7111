import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reason } from "../kernel/index.ts";
import { newOffer, type OfferEffect, type OfferInput, type OfferState, stepOffer } from "./offer-machine.ts";

const why = reason("INLET_MSRP_CONNECTION_LOST");
const withdrawn = reason("INLET_OFFER_WITHDRAWN");
const run = (state: OfferState, ...inputs: OfferInput[]): { state: OfferState; effects: OfferEffect[] } => {
  const effects: OfferEffect[] = [];
  for (const input of inputs) {
    const step = stepOffer(state, input);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
};
const names = (effects: readonly OfferEffect[]) => effects.map((e) => e.type);
const accept = (...lines: number[]): OfferInput => ({ type: "decided", accept: new Set(lines) });
const completed = (index: number): OfferInput => ({ type: "fileCompleted", index });
const failed = (index: number): OfferInput => ({ type: "fileFailed", index, reason: why });
const end = (effects: readonly OfferEffect[]) => effects.find((e) => e.type === "end");

describe("an offer", () => {
  it("two of three accepted and received: the rejected one does not count, and the sender's BYE ends it", () => {
    const { state, effects } = run(newOffer(3), accept(0, 2), completed(0), completed(2), { type: "released" });
    expect(state.phase).toBe("ended");
    expect(names(effects)).toEqual(["settle", "settle", "settle", "accept", "settle", "settle", "end", "startGrace"]);
    expect(end(effects)).toEqual({ type: "end", outcome: "completed" });
  });

  it("a sender that sends no BYE is ended by ours", () => {
    const { state, effects } = run(newOffer(1), accept(0), completed(0), { type: "graceOver" });
    expect(state.phase).toBe("ended");
    expect(effects.at(-1)).toEqual({ type: "bye" });
  });

  it.each([
    ["accepting nothing", accept(), "rejected", "INLET_OFFER_REJECTED", 603],
    ["nobody deciding", { type: "expired" } as const, "expired", "INLET_OFFER_EXPIRED", 480],
    ["a stop", { type: "stopping" } as const, "expired", "INLET_STOPPING", 480],
    ["CANCEL", { type: "withdrawn", reason: withdrawn } as const, "cancelled", "INLET_OFFER_WITHDRAWN", undefined],
  ])("%s ends it with every file told", (_, input, outcome, code, status) => {
    const { state, effects } = run(newOffer(2), input);
    expect(state.phase).toBe("ended");
    expect(end(effects)).toMatchObject({ outcome, reason: { code } });
    expect(effects.filter((e) => e.type === "settle").map((e) => e.index)).toEqual([0, 1]);
    expect(effects.find((e) => e.type === "reject")?.status).toBe(status);
  });

  it("BYE in the middle closes what is open; what was whole is still kept, what was not has failed", () => {
    const { state, effects } = run(newOffer(2), accept(0, 1), { type: "released" }, completed(0), failed(1));
    expect(names(effects).filter((n) => n === "closeMedia")).toHaveLength(2);
    expect(end(effects)).toEqual({ type: "end", outcome: "partial", reason: why });
    expect(state.phase).toBe("ended");
    expect(names(effects)).not.toContain("bye");
  });

  it("files that are here already are complete with the decision; when they are all, nothing is awaited", () => {
    const some = run(newOffer(3), { type: "decided", accept: new Set([0, 1]), held: new Set([0]) });
    expect(some.state.files).toEqual(["completed", "receiving", "rejected"]);
    expect(some.effects.at(-1)).toEqual({ type: "accept", lines: new Set([1]) });
    const all = run(newOffer(2), { type: "decided", accept: new Set([0]), held: new Set([0]) });
    expect(all.state).toMatchObject({ phase: "ended", files: ["completed", "rejected"] });
    expect(all.effects[0]).toMatchObject({ type: "reject", status: 488, reason: { code: "INLET_OFFER_HELD" } });
    expect(end(all.effects)).toEqual({ type: "end", outcome: "completed" });
  });

  it("a file nobody decided on expires beside one that a rule took", () => {
    const { state, effects } = run(newOffer(3), { type: "decided", accept: new Set([0]), expired: new Set([1]) });
    expect(state.files).toEqual(["receiving", "expired", "rejected"]);
    expect(effects).toContainEqual(expect.objectContaining({ index: 1, reason: reason("INLET_OFFER_EXPIRED") }));
    expect(end(run(state, completed(0)).effects)).toMatchObject({ outcome: "partial" });
  });

  it("a cancelled file is stopped, and the others go on", () => {
    const { state, effects } = run(newOffer(2), accept(0, 1), { type: "fileCancelled", index: 0 });
    expect(names(effects).slice(-2)).toEqual(["stopFile", "settle"]);
    expect(state.files).toEqual(["cancelled", "receiving"]);
    expect(end(run(state, completed(1)).effects)).toMatchObject({ outcome: "partial" });
  });

  it("a line closed by the sender touches that file alone", () => {
    const { effects } = run(run(newOffer(2), accept(0, 1)).state, { type: "lineClosed", index: 1 });
    expect(effects).toEqual([{ type: "closeMedia", index: 1 }]);
  });

  it("a stop in the middle ends every file and sends BYE", () => {
    const { state, effects } = run(newOffer(2), accept(0, 1), completed(0), { type: "stopping" });
    expect(state.phase).toBe("ended");
    expect(names(effects).slice(-5)).toEqual(["stopFile", "settle", "end", "startGrace", "bye"]);
  });

  it("a stop right after the last file leaves its confirmation the time to arrive before the BYE", () => {
    const whole = run(newOffer(2), accept(0, 1), completed(0), completed(1)).state;
    const stopping = run(whole, { type: "stopping" });
    expect(stopping.state.phase).toBe("releasing");
    expect(stopping.effects).toEqual([{ type: "startGrace", stopping: true }]);
    expect(run(stopping.state, { type: "released" })).toMatchObject({ state: { phase: "ended" }, effects: [] });
    expect(names(run(stopping.state, { type: "graceOver" }).effects)).toEqual(["bye"]);
  });

  it("a stop after nothing but failures ends at once", () => {
    const lost = run(newOffer(1), accept(0), failed(0)).state;
    expect(run(lost, { type: "stopping" })).toMatchObject({ state: { phase: "ended" }, effects: [{ type: "bye" }] });
  });

  it("whatever comes in whatever order: each file ends once, the offer ends once, and nothing follows the end", () => {
    const index = fc.nat(2);
    const input: fc.Arbitrary<OfferInput> = fc.oneof(
      fc
        .tuple(fc.subarray([0, 1, 2]), fc.subarray([0, 1, 2]), fc.subarray([0, 1, 2]))
        .map(([lines, held, late]): OfferInput => {
          const [taken, rest] = [new Set(lines), new Set(late.filter((one) => !lines.includes(one)))];
          return { type: "decided", accept: taken, held: new Set(held.filter((one) => taken.has(one))), expired: rest };
        }),
      fc.constantFrom<OfferInput>(
        { type: "withdrawn", reason: withdrawn },
        { type: "expired" },
        { type: "stopping" },
        { type: "released" },
        { type: "graceOver" },
      ),
      index.map(completed),
      index.map(failed),
      index.map((i): OfferInput => ({ type: "fileCancelled", index: i })),
      index.map((i): OfferInput => ({ type: "lineClosed", index: i })),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (inputs) => {
        const { state, effects } = run(newOffer(3), ...inputs);
        const settled = effects.flatMap((e) => (e.type === "settle" && e.state !== "receiving" ? [e.index] : []));
        expect(new Set(settled).size).toBe(settled.length);
        const ends = effects.filter((e) => e.type === "end").length;
        expect(ends).toBe(state.phase === "releasing" || state.phase === "ended" ? 1 : 0);
        if (ends === 1) expect(settled).toHaveLength(3);
        expect(effects.filter((e) => e.type === "accept" || e.type === "reject").length).toBeLessThanOrEqual(1);
        if (state.phase === "ended") expect(run(state, ...inputs)).toEqual({ state, effects: [] });
      }),
      { numRuns: 1000 },
    );
  });
});
