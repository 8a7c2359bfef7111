/** Senders that fall silent once they were accepted: the history says in which way. */
import { beforeEach, expect, it } from "vitest";
import { BOB, type SignedIn, signIn } from "./agent-testing.ts";
import { ManualClock, millis } from "./kernel/index.ts";
import { offeredLine, RawCall } from "./testing/index.ts";

let own: SignedIn;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  own = await signIn({ clock, accept: "all" });
  return own.dispose;
});

const offered = (...headers: string[]): RawCall =>
  new RawCall(own.core, BOB, offeredLine("x", "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp"), headers);

it("S12: one that never acknowledges the answer is told apart", async () => {
  await offered().answer(/200/);
  clock.advance(millis(32_000));
  expect(await own.event("offerEnded")).toMatchObject({
    outcome: "failed",
    reason: { code: "INLET_TRANSFER_INCOMPLETE", text: expect.stringContaining("never acknowledged") },
  });
});

it("so is one that lets its session expire", async () => {
  await offered("Session-Expires: 90;refresher=uac", "Supported: timer").final(/200/);
  // Its ACK has been read when what comes behind it has.
  own.core.request("OPTIONS", BOB, [], "");
  await own.core.next(/^SIP\/2\.0 200[\s\S]*OPTIONS/);
  clock.advance(millis(60_000));
  expect(await own.event("offerEnded")).toMatchObject({
    outcome: "failed",
    reason: { code: "INLET_TRANSFER_INCOMPLETE", text: expect.stringContaining("session expired") },
  });
});
