/** S1-21: what the person lets files take is said in the answer, and holds (RFC 4975 §8.6). */
import { beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { BOB, signIn } from "./agent-testing.ts";
import type { OfferRecord } from "./contract/index.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { offeredLine, RawCall, type RawCore } from "./testing/index.ts";

const QUOTA = 100;
let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  ({ core, agent } = own);
  return own.dispose;
});

/** A line that says its file's size, or does not. */
const line = (content: string, sized: boolean): string[] =>
  offeredLine(content, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp").map((text) =>
    sized ? text : text.replace(/ size:\d+/, ""),
  );
const history = async (): Promise<OfferRecord | undefined> =>
  ((await agent.execute("offers.list", { limit: 1 })) as { offers: OfferRecord[] }).offers[0];
const maxSizes = (sdp: string): string[] => [...sdp.matchAll(/^a=max-size:(\d+)\r$/gm)].map(([, value]) => value ?? "");
const announced = (octets: number): string => `${octets + LIMITS.cpimHeaders}`;

describe("S1-21: max-size", () => {
  it("is not given where nothing bounds a file", async () => {
    const call = new RawCall(core, BOB, line("hello", true));
    expect(maxSizes(await call.final(/200/))).toEqual([]);
  });

  it("is what a quota leaves for each line, and what wraps it", async () => {
    await agent.execute("settings.set", { quota: QUOTA });
    const call = new RawCall(core, BOB, [...line("0123456789", true), ...line("hello", false)]);
    expect(maxSizes(await call.final(/200/))).toEqual([announced(QUOTA), announced(QUOTA - 10)]);
  });

  it("holds for a file whose size nobody said, to the octet", async () => {
    await agent.execute("settings.set", { quota: QUOTA });
    const fits = new RawCall(core, BOB, line("a".repeat(QUOTA), false));
    const final = await fits.final(/200/);
    await fits.send(final, "a".repeat(QUOTA));
    await fits.bye(final);
    expect(await history()).toMatchObject({ outcome: "completed" });

    await agent.execute("settings.set", { quota: 2 * QUOTA });
    const large = new RawCall(core, BOB, line("b".repeat(QUOTA + 1), false));
    const answer = await large.final(/200/);
    await large.send(answer, "b".repeat(QUOTA + 1), { wanted: /MSRP \S+ 413/ });
    await large.bye(answer);
    expect(await history()).toMatchObject({
      outcome: "failed",
      files: [{ reason: { code: "INLET_TRANSFER_TOO_LARGE" } }],
    });
  });

  it("refuses a message that announces more before an octet of it is kept", async () => {
    await agent.execute("settings.set", { quota: QUOTA });
    const call = new RawCall(core, BOB, line("hello", false));
    const final = await call.final(/200/);
    const change = (text: string): string => text.replace("1-5/5", `1-5/${QUOTA + LIMITS.cpimHeaders + 1}`);
    await call.send(final, "hello", { wanted: /MSRP \S+ 413/, change });
    await call.bye(final);
    expect(await history()).toMatchObject({
      outcome: "failed",
      files: [{ reason: { code: "INLET_TRANSFER_TOO_LARGE" }, received: 0 }],
    });
  });

  it("holds likewise for one whose size was said, and lied about", async () => {
    const call = new RawCall(core, BOB, line("hello", true));
    const final = await call.final(/200/);
    const change = (text: string): string => text.replace("1-5/5", `1-5/${5 + LIMITS.cpimHeaders + 1}`);
    await call.send(final, "hello", { wanted: /MSRP \S+ 413/, change });
    await call.bye(final);
    expect(await history()).toMatchObject({ files: [{ reason: { code: "INLET_TRANSFER_TOO_LARGE" }, received: 0 }] });
  });
});
