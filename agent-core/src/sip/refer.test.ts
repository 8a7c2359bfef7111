/** A REFER against a referee written by hand, in time that the test owns. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { header, type RawCore } from "../testing/index.ts";
import { Refer } from "./refer.ts";
import { type AgentAtCore, agentAtCore, BOB } from "./testing.ts";
import type { UserAgent } from "./user-agent.ts";

const CHANNEL = "sip:channel.news@example.net";
const ACTIVE = "Subscription-State: active;expires=60";
const OVER = "Subscription-State: terminated;reason=noresource";

let side: AgentAtCore;
let core: RawCore;
let clock: ManualClock;
let agent: UserAgent;
let progress: string[];

beforeEach(async () => {
  clock = new ManualClock();
  progress = [];
  side = await agentAtCore({ clock });
  ({ core, agent } = side);
});

afterEach(async () => {
  await side[Symbol.asyncDispose]();
});

const refer = (quiet = false): Refer =>
  new Refer(agent, {
    uri: CHANNEL,
    target: BOB,
    progress: !quiet,
    clock,
    progressed: (status, reason) => void progress.push(`${status} ${reason}`),
  });

let sequence = 1;
async function notify(request: string, lines: readonly string[], body = "", tag = "core"): Promise<string> {
  const given = (name: string): boolean => lines.some((line) => line.startsWith(name));
  core.request(
    "NOTIFY",
    BOB,
    [
      `From: <${CHANNEL}>;tag=${tag}`,
      `To: ${header(request, "From")}`,
      `Call-ID: ${header(request, "Call-ID")}`,
      `CSeq: ${sequence++} NOTIFY`,
      ...(given("Event") ? [] : ["Event: refer"]),
      ...(body === "" || given("Content-Type") ? [] : ["Content-Type: message/sipfrag;version=2.0"]),
      ...lines,
    ],
    body,
  );
  return core.next(/^SIP\/2\.0 [\s\S]*CSeq: \d+ NOTIFY/);
}

describe("REFER", () => {
  it.each(["200 OK", "202 Accepted"])("answered %s is followed by NOTIFYs to its final status", async (status) => {
    const it = refer();
    const request = await core.next("REFER");
    expect([header(request, "Refer-To"), header(request, "Refer-Sub")]).toEqual([`<${BOB}>`, undefined]);
    core.respond(request, status);
    await it.answered;
    expect(await notify(request, [ACTIVE], "SIP/2.0 100 Trying\r\n")).toMatch(/^SIP\/2\.0 200/);
    expect(await notify(request, [ACTIVE], "SIP/2.0 180")).toMatch(/^SIP\/2\.0 200/);
    expect(await notify(request, [OVER], "SIP/2.0 603 Decline\r\nTo: <sip:x@h>\r\n")).toMatch(/^SIP\/2\.0 200/);
    expect(await it.result).toEqual({ kind: "finished", status: 603, reason: "Decline" });
    expect(progress).toEqual(["100 Trying", "180 "]);
    expect(await notify(request, [OVER], "SIP/2.0 200 OK")).toMatch(/^SIP\/2\.0 481/);
    clock.advance(64_000);
    expect([agent.size, clock.pending]).toEqual([0, 0]);
  });

  it("whose NOTIFY comes before its answer is the same", async () => {
    const it = refer();
    const request = await core.next("REFER");
    expect(await notify(request, [ACTIVE, "Event: refer;id=1"], "SIP/2.0 100 Trying")).toMatch(/^SIP\/2\.0 200/);
    core.respond(request, "202 Accepted");
    await it.answered;
    expect(await notify(request, [OVER, "Event: refer;id=1"], "SIP/2.0 200 OK")).toMatch(/^SIP\/2\.0 200/);
    expect(await it.result).toEqual({ kind: "finished", status: 200, reason: "OK" });
  });

  it("without subscription is over with its answer; where Refer-Sub is not echoed there is one", async () => {
    const quiet = refer(true);
    const request = await core.next("REFER");
    expect([header(request, "Refer-Sub"), header(request, "Supported")]).toEqual(["false", "norefersub"]);
    core.respond(request, "202 Accepted", ["Refer-Sub: false"]);
    expect(await quiet.result).toEqual({ kind: "accepted" });

    const loud = refer(true);
    const other = await core.next("REFER");
    core.respond(other, "202 Accepted");
    await loud.answered;
    await notify(other, [OVER], "SIP/2.0 486 Busy Here");
    expect(await loud.result).toEqual({ kind: "finished", status: 486, reason: "Busy Here" });
  });

  it("refused is told with its status", async () => {
    const it = refer();
    core.respond(await core.next("REFER"), "603 Decline");
    expect(await it.result).toEqual({ kind: "refused", status: 603, reason: "Decline" });
  });

  it("that nobody answers, or that brings no NOTIFY within 64·T1, or ends without a final status, is told", async () => {
    const silent = refer();
    await core.next("REFER");
    clock.advance(32_000);
    expect(await silent.result).toMatchObject({ kind: "refused", status: 408 });

    const mute = refer();
    core.respond(await core.next("REFER"), "202 Accepted");
    await mute.answered;
    clock.advance(32_000);
    expect(await mute.result).toEqual({ kind: "unknown" });

    const stuck = refer();
    const request = await core.next("REFER");
    core.respond(request, "202 Accepted");
    await stuck.answered;
    await notify(request, [ACTIVE], "SIP/2.0 100 Trying");
    clock.advance(60_000);
    expect(await stuck.result).toEqual({ kind: "unknown" });
    clock.advance(64_000);
    expect([agent.size, clock.pending]).toEqual([0, 0]);
  });

  it.each<[string, readonly string[], string, RegExp]>([
    ["about another event", ["Event: presence", ACTIVE], "", /^SIP\/2\.0 489/],
    ["about another REFER", ["Event: refer;id=77", ACTIVE], "", /^SIP\/2\.0 481/],
    ["without Subscription-State", [], "SIP/2.0 200 OK", /^SIP\/2\.0 400/],
    ["whose fragment has no status line", [ACTIVE], "To: <sip:x@h>", /^SIP\/2\.0 400/],
    [
      "with a body of another type",
      [ACTIVE, "Content-Type: text/plain"],
      "x",
      /^SIP\/2\.0 415[\s\S]*^Accept: message\/sipfrag/m,
    ],
  ])("a NOTIFY %s is refused, and the next one counts", async (_, lines, body, answer) => {
    const it = refer();
    const request = await core.next("REFER");
    core.respond(request, "202 Accepted");
    await it.answered;
    expect(await notify(request, lines, body)).toMatch(answer);
    expect(await notify(request, [OVER], "SIP/2.0 200 OK")).toMatch(/^SIP\/2\.0 200/);
    expect(await it.result).toMatchObject({ kind: "finished", status: 200 });
  });
});
