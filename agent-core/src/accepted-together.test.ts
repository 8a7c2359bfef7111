/** K1: files that fit one by one, but not together, are not all accepted. */
import { expect, it, onTestFinished } from "vitest";
import { BOB, signIn } from "./agent-testing.ts";
import { ManualClock } from "./kernel/index.ts";
import { offeredLine, RawCall } from "./testing/index.ts";

it("K1: what was accepted keeps its room until it is here, or has ended; who comes in between is told what is left", async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  onTestFinished(own.dispose);
  const { core, agent, events, event } = own;
  const line = offeredLine("0123456789", "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp");
  await agent.execute("settings.set", { accountQuota: 15 });

  const first = new RawCall(core, BOB, line);
  const final = await first.final(/200/);
  const refused = new RawCall(core, BOB, line);
  await refused.final(/480/);
  expect((await event("offerEnded")).reason?.text).toContain("5 left for the account");
  // Its sender gives up.
  await first.bye(final);

  const second = new RawCall(core, BOB, line);
  const answer = await second.final(/200/);
  await second.send(answer, "0123456789");
  await second.bye(answer);
  const ends = events.flatMap((event) => (event.event === "offerEnded" ? [event.reason?.code ?? event.outcome] : []));
  expect(ends).toEqual(["INLET_QUOTA_FULL", "INLET_TRANSFER_INCOMPLETE", "completed"]);

  await agent.execute("settings.set", { accountQuota: 20 });
  await new RawCall(core, BOB, line).final(/200/);
});
