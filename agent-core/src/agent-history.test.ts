/** Every offer ends in exactly one truthful state, whatever the sender, the person or the machine does. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Agent, type AgentOptions, startAgent } from "./agent.ts";
import type { AgentEvent, Item, OfferRecord } from "./contract/index.ts";
import { LIMITS, ManualClock, millis } from "./kernel/index.ts";
import { header, offeredLine, RawCall, RawCore } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
let dir: string;
let core: RawCore;
let agent: Agent;
let clock: ManualClock;
let events: AgentEvent[];

async function start(more: Partial<AgentOptions> = {}): Promise<void> {
  const account = { aor: BOB, registrar: core.uri, password: "secret", channels: false };
  const places = { dataDir: join(dir, "data"), folder: join(dir, "in") };
  agent = await startAgent({ ...places, accounts: [account], clock, ...more });
  events = [];
  const registered = Promise.withResolvers<void>();
  agent.subscribe((message) => {
    if (!("event" in message)) return;
    events.push(message);
    if (message.event === "registration" && message.state === "registered") registered.resolve();
  });
  await core.register();
  await registered.promise;
}
/** Ends the agent, and the core answers what that takes. */
async function stop(): Promise<void> {
  const stopping = agent.stop();
  core.respond(await core.next("REGISTER"), "200 OK");
  await stopping;
}
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "inlet-history-"));
  clock = new ManualClock();
  core = await RawCore.listen();
  await start();
});
afterEach(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const line = (content: string, size = content.length, type = "text/plain"): string[] =>
  offeredLine(content, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp").map((text) =>
    text.replace(`size:${content.length} `, `size:${size} `).replace("type:text/plain", `type:${type}`),
  );
const offer = (lines: readonly string[], headers: readonly string[] = []): RawCall =>
  new RawCall(core, BOB, lines, headers);
const history = async (): Promise<readonly OfferRecord[]> =>
  ((await agent.execute("offers.list", { limit: 200 })) as { offers: OfferRecord[] }).offers;
const newest = (): string =>
  events.findLast((event): event is Extract<AgentEvent, { event: "offer" }> => event.event === "offer")?.id ?? "";
const decide = (...accept: number[]): Promise<unknown> => agent.execute("offers.decide", { offer: newest(), accept });
/** Resolves when the agent has heard all that was sent so far. */
async function heard(): Promise<void> {
  core.request("OPTIONS", BOB);
  await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 1 OPTIONS/);
}
/** Resolves when so many offers have ended. */
function ended(count = 1): Promise<void> {
  const done = (): boolean => events.filter(({ event }) => event === "offerEnded").length >= count;
  return new Promise((resolve) => {
    if (done()) return resolve();
    const subscription = agent.subscribe(() => {
      if (!done()) return;
      subscription[Symbol.dispose]();
      resolve();
    });
  });
}

type End = Partial<OfferRecord["files"][number]> & { readonly code?: string; readonly sip?: RegExp };
const CONTENT = "hello, world";

/** Rings, is accepted, and is answered with 200. */
async function accepted(lines: readonly string[]): Promise<{ call: RawCall; final: string }> {
  const call = offer(lines);
  await call.answer(/180/);
  await decide(0);
  return { call, final: await call.final(/200/) };
}

describe("how an offer ends", () => {
  it.each<[string, OfferRecord["outcome"], End, () => Promise<unknown>]>([
    [
      "accepted and received",
      "completed",
      { outcome: "completed", decidedBy: "person", received: 12, verified: "yes" },
      async () => {
        const { call, final } = await accepted(line(CONTENT));
        await call.send(final, CONTENT);
        await call.bye(final);
      },
    ],
    [
      "rejected",
      "rejected",
      { outcome: "rejected", decidedBy: "person", code: "INLET_OFFER_REJECTED" },
      async () => {
        const call = offer(line(CONTENT));
        await call.answer(/180/);
        await decide();
        await call.final(/603/);
      },
    ],
    [
      "expired",
      "expired",
      { outcome: "expired", code: "INLET_OFFER_EXPIRED" },
      async () => {
        const call = offer(line(CONTENT));
        await call.answer(/180/);
        clock.advance(millis(LIMITS.offerDecision));
        await call.final(/480/);
      },
    ],
    [
      "expired when the sender said it would",
      "expired",
      { outcome: "expired", code: "INLET_OFFER_EXPIRED" },
      async () => {
        const call = offer(line(CONTENT), ["Expires: 10"]);
        await call.answer(/180/);
        clock.advance(millis(9_999));
        expect(Object.keys(agent.state.offers)).toHaveLength(1);
        clock.advance(millis(1));
        await call.final(/487/);
      },
    ],
    [
      "withdrawn by the sender",
      "cancelled",
      { outcome: "cancelled", code: "INLET_OFFER_WITHDRAWN" },
      async () => {
        const call = offer(line(CONTENT));
        await call.answer(/180/);
        call.cancel();
        await call.final(/487/);
      },
    ],
    [
      "the connection is lost in the middle",
      "failed",
      { outcome: "failed", decidedBy: "person", code: "INLET_MSRP_CONNECTION_LOST", received: 5 },
      async () => {
        const { call, final } = await accepted(line(CONTENT));
        const half = (text: string): string => text.replace("1-5/5", "1-5/12").replace(/\$\r\n$/, "+\r\n");
        await call.send(final, "hello", { change: half, wanted: /^MSRP \S+ 200/m });
        while (Object.values(agent.state.transfers)[0]?.state !== "waiting") await heard();
        clock.advance(millis(LIMITS.msrpReturn));
      },
    ],
    [
      "BYE before the file was whole",
      "failed",
      { outcome: "failed", decidedBy: "person", code: "INLET_TRANSFER_INCOMPLETE", received: 0 },
      async () => {
        const { call, final } = await accepted(line(CONTENT));
        await call.bye(final);
      },
    ],
    [
      "another file than offered: its hash differs",
      "failed",
      { outcome: "failed", code: "INLET_TRANSFER_HASH_MISMATCH", received: 12, verified: "no" },
      async () => {
        const { call, final } = await accepted(line(CONTENT));
        await call.send(final, CONTENT.toUpperCase(), { wanted: /^MSRP \S+ [24]00|REPORT/m });
      },
    ],
    [
      "smaller than offered",
      "failed",
      { outcome: "failed", code: "INLET_TRANSFER_SIZE_MISMATCH", received: 12 },
      async () => {
        const { call, final } = await accepted(line(CONTENT, 13));
        await call.send(final, CONTENT, { wanted: /^MSRP \S+ [24]00|REPORT/m });
      },
    ],
    [
      "larger than offered",
      "failed",
      { outcome: "failed", code: "INLET_TRANSFER_TOO_LARGE" },
      async () => {
        const { call, final } = await accepted(line(CONTENT, 11));
        await call.send(final, CONTENT, { wanted: /^MSRP \S+ 413/m });
      },
    ],
    [
      "larger than the disk: said with the time after which to try again",
      "failed",
      { outcome: "failed", decidedBy: "person", code: "INLET_DISK_FULL" },
      async () => {
        const call = offer(line(CONTENT, 1e15));
        await call.answer(/180/);
        await decide(0);
        const final = await call.final(/480/);
        expect(header(final, "Retry-After")).toBe("3600");
        expect(header(final, "Warning")).toContain("INLET_DISK_FULL");
      },
    ],
    [
      "nothing ever comes",
      "failed",
      { outcome: "failed", code: "INLET_TRANSFER_STALLED", received: 0 },
      async () => {
        await accepted(line(CONTENT));
        await heard();
        clock.advance(millis(LIMITS.transferStall));
      },
    ],
    [
      "cancelled by the person",
      "cancelled",
      { outcome: "cancelled", decidedBy: "person", code: "INLET_TRANSFER_CANCELLED", received: 0 },
      async () => {
        await accepted(line(CONTENT));
        await agent.execute("transfers.cancel", { offer: newest(), index: 0 });
      },
    ],
    [
      "Inlet is stopped before a decision",
      "expired",
      { outcome: "expired", code: "INLET_STOPPING" },
      async () => {
        const call = offer(line(CONTENT));
        await call.answer(/180/);
        await stop();
        expect(core.received.some((text) => /^SIP\/2.0 480[\s\S]*^Retry-After: 60\r/m.test(text))).toBe(true);
        await start();
      },
    ],
    [
      "Inlet is stopped in the middle",
      "failed",
      { outcome: "failed", decidedBy: "person", code: "INLET_STOPPING", received: 0 },
      async () => {
        await accepted(line(CONTENT));
        await stop();
        await start();
      },
    ],
  ])("%s", async (_, outcome, { code, ...file }, run) => {
    const from = { uri: "sip:core@example.net" };
    await run();
    if (events.some(({ event }) => event === "offer")) await ended();
    const [record, ...others] = await history();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ outcome, from, push: "generic", files: [{ name: "a.txt", type: "text/plain" }] });
    expect(record?.endedAt).toBeDefined();
    expect(record?.files).toHaveLength(1);
    expect(record?.files[0]).toMatchObject(file);
    expect(record?.files[0]?.reason?.code).toBe(code);
    if (file.outcome !== "completed") expect(record?.reason?.code).toBe(code);
    expect(events.filter(({ event }) => event === "offerEnded").length).toBeLessThanOrEqual(1);
    expect(agent.state.offers).toEqual({});
    expect(agent.state.transfers).toEqual({});
  });

  it("a type that is a lie does not stay untold: the file is kept, and marked as something else", async () => {
    const program = `MZ${"\0".repeat(58)}@\0\0\0PE\0\0${"\0".repeat(400)}`;
    const call = offer(line(program, program.length, "image/png"));
    await call.answer(/180/);
    await decide(0);
    const final = await call.final(/200/);
    await call.send(final, program);
    await call.bye(final);
    await ended();
    const { items } = (await agent.execute("items.list", {})) as { items: readonly Item[] };
    expect(items).toMatchObject([{ type: "image/png", caution: expect.any(String), verified: "yes" }]);
    expect(items[0]?.sha1).toBe(createHash("sha1").update(program).digest("hex"));
  });
});

describe("many at once, and at every moment", () => {
  it("a hundred offers: each is answered once and ends once, as it was decided", async () => {
    await agent.execute("rules.save", {
      rule: { name: "Texts of two", enabled: true, when: { minSize: 2, maxSize: 2 }, action: "reject" },
    });
    /** What the n-th does: is accepted and left, rejected by the person, by the rule, or withdrawn. */
    const kinds = ["accept", "reject", "rule", "cancel"] as const;
    const kindOf = (n: number) => kinds[n % 4] ?? "accept";
    const calls = Array.from({ length: 100 }, (_, n) => offer(line(kindOf(n) === "rule" ? "ab" : "abc")));
    const byId = new Map(calls.map((call, n) => [call.id, { call, kind: kindOf(n) }]));
    // Offers are told in the order in which they came, so that the n-th offer is the n-th call's.
    const offers = (): string[] => events.flatMap((event) => (event.event === "offer" ? [event.id] : []));
    const finals = new Map<string, string[]>();
    while ([...byId.keys()].some((id) => !finals.has(id))) {
      const answer = await core.next(/^SIP\/2\.0 [1-6][\s\S]*CSeq: 1 INVITE/);
      const id = header(answer, "Call-ID") ?? "";
      const { call, kind } = byId.get(id) ?? expect.fail(id);
      const status = answer.slice(8, 11);
      if (status !== "180") {
        finals.set(id, [...(finals.get(id) ?? []), status]);
        call.ack(answer);
        continue;
      }
      const accept = kind === "accept" ? [0] : [];
      if (kind === "cancel") call.cancel();
      else await agent.execute("offers.decide", { offer: offers()[calls.indexOf(call)], accept });
    }
    const expected = { accept: "200", reject: "603", rule: "603", cancel: "487" };
    for (const [id, { kind }] of byId) expect([kind, finals.get(id)]).toEqual([kind, [expected[kind]]]);
    clock.advance(millis(LIMITS.transferStall));
    await ended(100);
    const records = [...(await history())].reverse();
    expect(records.map(({ outcome }) => outcome)).toEqual(
      calls.map((_, n) => ({ accept: "failed", reject: "rejected", rule: "rejected", cancel: "cancelled" })[kindOf(n)]),
    );
    expect(records.map(({ files }) => files[0]?.decidedBy)).toEqual(
      calls.map((_, n) => ({ accept: "person", reject: "person", rule: "rule", cancel: undefined })[kindOf(n)]),
    );
    expect(new Set(events.flatMap((event) => (event.event === "offerEnded" ? [event.id] : []))).size).toBe(100);
    expect(readdirSync(join(dir, "in"))).toEqual([]);
  });

  it("S1-50: withdrawn at every moment: the history says what the sender was told", async () => {
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const results: [string, string | undefined][] = [];
    for (let moment = 0; moment < 12; moment++) {
      const call = offer(line(CONTENT));
      // From the same burst as the INVITE to well after the decision, which falls in the middle.
      const before = events.filter(({ event }) => event === "offer").length;
      let decided = false;
      for (let n = 0; n < moment; n++) {
        await turn();
        const told = events.filter(({ event }) => event === "offer").length > before;
        if (told && !decided && n >= 4) {
          decided = true;
          await decide(0);
        }
      }
      if (moment === 0) await call.answer(/180/);
      else if (moment === 11 && !decided) await call.answer(/180/).then(() => decide(0));
      call.cancel();
      const final = await call.final(/[2-6]\d\d(?![\s\S]*CSeq: 1 CANCEL)/);
      const status = final.slice(8, 11);
      if (status === "200") await call.bye(final);
      await ended(moment + 1);
      results.push([status, (await history())[0]?.outcome]);
    }
    for (const [status, outcome] of results) expect(outcome).toBe({ "487": "cancelled", "200": "failed" }[status]);
    expect(new Set(results.map(([status]) => status))).toEqual(new Set(["487", "200"]));
    expect((await history()).length).toBe(12);
  });
});

describe("S1-50: an INVITE and its CANCEL that arrive in one packet are one offer, withdrawn before anything of it is done", () => {
  it.each(["ask", "accept"] as const)("where a rule says %s", async (action) => {
    await agent.execute("rules.save", { rule: { name: "All", enabled: true, when: {}, action } });
    for (const socket of core.sockets()) socket.cork();
    const call = offer(line(CONTENT));
    call.cancel();
    for (const socket of core.sockets()) socket.uncork();
    await call.final(/487/);
    await ended(1);
    expect((await history()).map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    const told = events.flatMap(({ event }) => (event === "offer" || event === "offerEnded" ? [event] : []));
    expect(told).toEqual(["offer", "offerEnded"]);
    expect(core.received.filter((text) => /^SIP\/2\.0 (?:180|200)[\s\S]*CSeq: 1 INVITE/.test(text))).toEqual([]);
    expect(agent.state.offers).toEqual({});
  });
});

describe("S1-13..15: what is not taken", () => {
  it("a line of no media type is refused alone; of nothing else, the offer is refused with 488 and Warning 305", async () => {
    const odd = line("x").map((text) => text.replace("accept-types:*", "accept-types:no/such"));
    const call = offer([...odd, ...line("y")]);
    await call.answer(/180/);
    expect(Object.values(agent.state.offers)[0]?.files.map(({ unacceptable }) => unacceptable?.code)).toEqual([
      "INLET_SDP_TYPES_UNSUPPORTED",
      undefined,
    ]);
    await decide(1);
    const final = await call.final(/200/);
    expect([...final.matchAll(/^m=message (\d+)/gm)].map(([, port]) => port === "0")).toEqual([true, false]);
    await call.bye(final);
    const none = await offer([...odd, ...odd]).final(/488/);
    expect((await history())[0]).toMatchObject({
      outcome: "rejected",
      reason: { code: "INLET_SDP_TYPES_UNSUPPORTED" },
      files: [{ name: "a.txt", outcome: "rejected", reason: { code: "INLET_SDP_TYPES_UNSUPPORTED" } }, {}],
    });
    expect(header(none, "Warning")).toMatch(/^305 \S+ "INLET_SDP_TYPES_UNSUPPORTED"/);
  });

  it("where only some types are taken, lines of others are refused, the answer names them, and so does MSRP", async () => {
    await stop();
    await start({ acceptTypes: ["image/*"] });
    const images = line("y").map((text) => text.replace("accept-types:*", "accept-types:text/plain image/png"));
    const texts = images.map((text) => text.replace("text/plain image/png", "text/plain"));
    const call = offer([...texts, ...images]);
    await call.answer(/180/);
    await decide(1);
    const final = await call.final(/200/);
    expect(final).toMatch(/^a=accept-types:image\/png image\/\*\r$/m);
    await call.send(final, "y", { wanted: /^MSRP \S+ 415/m });
    await call.bye(final);
    await offer(texts).final(/488/);
  });

  it("openOffers: beyond the offers that may wait, 486 says when to try again", async () => {
    const calls = Array.from({ length: LIMITS.openOffers + 1 }, () => offer(line("x")));
    const final = await (calls.at(-1) ?? expect.fail("none")).final(/486/);
    expect(header(final, "Retry-After")).toBe("60");
    expect(header(final, "Warning")).toContain("INLET_TOO_MANY_OFFERS");
  });
});

describe("S1-C3, S1-C11: what is looked at first", () => {
  const other = "Accept-Contact: *;+g.oma.other;require;explicit";
  const short = ["Supported: timer", "Session-Expires: 60"];
  it.each<[string, string, string[], string[]]>([
    ["an extension nobody knows", "420", ["Require: x-none", other, ...short], ["m=audio 9 RTP/AVP 0"]],
    ["another service that is required", "480", [other, ...short], ["m=audio 9 RTP/AVP 0"]],
    ["a session that is too short", "422", short, ["m=audio 9 RTP/AVP 0"]],
    ["no line that can be received", "488", [], ["m=audio 9 RTP/AVP 0"]],
    ["what a rule says", "603", [], line("spam")],
  ])("%s", async (_, status, headers, lines) => {
    await agent.execute("rules.save", { rule: { name: "None", enabled: true, when: {}, action: "reject" } });
    await offer(lines, headers).final(new RegExp(status));
  });

  it("S1-22: who asks for the push service in Accept-Contact is answered with it; the Contact says it always", async () => {
    const application =
      'Accept-Contact: *;+g.oma.lcsi.sip-push;require;explicit, *;+g.oma.pusheventapp="mms.ua";require';
    for (const [headers, echoed] of [
      [[application], "*;+g.oma.lcsi.sip-push"],
      [[], undefined],
    ] as const) {
      const call = offer(line(CONTENT), headers);
      await call.answer(/180/);
      await decide(0);
      const final = await call.final(/200/);
      expect(header(final, "Accept-Contact")).toBe(echoed);
      expect(header(final, "Contact")).toContain(";+g.oma.lcsi.sip-push");
      await call.bye(final);
    }
    expect((await history())[1]).toMatchObject({ service: "+g.oma.lcsi.sip-push", application: "mms.ua" });
  });
});

describe("messages under rules", () => {
  const say = (type: string, ...headers: string[]): Promise<string> => {
    core.request("MESSAGE", BOB, [`Content-Type: ${type}`, ...headers], "hello");
    return core.next(/^SIP\/2\.0 [2-6][\s\S]*CSeq: 1 MESSAGE/);
  };

  it("whom a rule rejects is refused with 603; what a rule lets in says so", async () => {
    const rule = { name: "Spam", enabled: true, when: { senders: ["sip:spam@example.net"] }, action: "reject" };
    await agent.execute("rules.save", { rule });
    await agent.execute("rules.save", {
      rule: { ...rule, name: "Text", when: { types: ["text/*"] }, action: "accept" },
    });
    const refused = await say("text/plain", "From: <sip:spam@example.net>;tag=s");
    expect(refused).toMatch(/^SIP\/2.0 603/);
    expect(header(refused, "Warning")).toContain("INLET_OFFER_RULED_OUT");
    expect(await say("text/plain")).toMatch(/^SIP\/2.0 200/);
    const { items } = (await agent.execute("items.list", {})) as { items: readonly Item[] };
    expect(items).toMatchObject([{ kind: "message", acceptedBy: "rule", rule: { name: "Text" } }]);
  });

  it("S1-4: configuration in a message is refused with 403 unless a rule names its sender, vouched for", async () => {
    const type = "application/vnd.syncml.dm+xml";
    expect(await say(type)).toMatch(/^SIP\/2.0 403/);
    const when = { senders: ["sip:ops@example.net"], vouched: true };
    await agent.execute("rules.save", { rule: { name: "Operator", enabled: true, when, action: "accept" } });
    expect(await say(type, "P-Asserted-Identity: <sip:ops@example.net>")).toMatch(/^SIP\/2.0 200/);
    expect(agent.state.counters.items).toBe(1);
  });
});
