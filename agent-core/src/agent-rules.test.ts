/** Rules of a person against a whole agent: what they decide, by what they look at, and that it is told why. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentEvent, CommandResult, Item, OfferRecord, RuleDraft } from "./contract/index.ts";
import { LIMITS, ManualClock, millis } from "./kernel/index.ts";
import { header, offeredLine, RawCall, RawCore } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
let dir: string;
let core: RawCore;
let agent: Agent;
let clock: ManualClock;
let events: AgentEvent[];

async function start(): Promise<void> {
  const account = { aor: BOB, registrar: core.uri, password: "secret", channels: false };
  const places = { dataDir: join(dir, "data"), folder: join(dir, "in") };
  agent = await startAgent({ ...places, accounts: [account], clock });
  events = [];
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
  });
  const registered = Promise.withResolvers<void>();
  agent.subscribe((message) => {
    if ("event" in message && message.event === "registration" && message.state === "registered") registered.resolve();
  });
  await core.register();
  await registered.promise;
}
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "inlet-rules-"));
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

const offer = (lines: readonly string[], headers: readonly string[] = []): RawCall =>
  new RawCall(core, BOB, lines, headers);
const M = "m=message 7654 TCP/MSRP *";
const PATH = "msrp://127.0.0.1:7654/s1;tcp";
const line = (content: string, type = "text/plain"): string[] =>
  offeredLine(content, M, PATH).map((text) => text.replace("type:text/plain", `type:${type}`));
const rule = (draft: Partial<RuleDraft>): Promise<unknown> =>
  agent.execute("rules.save", { rule: { name: "A rule", enabled: true, when: {}, action: "accept", ...draft } });
const history = async (): Promise<readonly OfferRecord[]> =>
  ((await agent.execute("offers.list", {})) as { offers: OfferRecord[] }).offers;
const inbox = async (): Promise<readonly Item[]> =>
  ((await agent.execute("items.list", {})) as { items: Item[] }).items;
const last = <E extends AgentEvent["event"]>(name: E): Extract<AgentEvent, { event: E }> =>
  events.findLast((event): event is Extract<AgentEvent, { event: E }> => event.event === name) ??
  expect.fail(`no ${name}`);

const PNG = "image/png";

describe("offers under rules", () => {
  it("files a rule accepts come without asking, those a rule rejects never; each says which rule it was", async () => {
    await rule({ name: "Pictures", when: { types: ["image/*"] } });
    await rule({ name: "No text", when: { types: ["text/*"] }, action: "reject" });
    const call = offer([...line("one", PNG), ...line("two")]);
    const final = await call.answer(/200/);
    expect([...final.matchAll(/^m=message (\d+)/gm)].map(([, port]) => port === "0")).toEqual([false, true]);
    call.ack(final);
    await call.send(final, "one");
    await call.bye(final);
    const [record] = await history();
    const pictures = agent.state.rules[0]?.id;
    expect(record).toMatchObject({ outcome: "completed" });
    expect(record?.files).toMatchObject([
      { outcome: "completed", decidedBy: "rule", rule: { name: "Pictures" }, received: 3, verified: "yes" },
      { outcome: "rejected", decidedBy: "rule", rule: { name: "No text" } },
    ]);
    expect(await inbox()).toMatchObject([{ acceptedBy: "rule", rule: { id: pictures, name: "Pictures" } }]);
    expect(agent.state.offers).toEqual({});
    // Whoever is gone is still named.
    await agent.execute("rules.delete", { id: pictures });
    expect(await inbox()).toMatchObject([{ rule: { name: "Pictures" } }]);
  });

  it("an offer that rules reject whole is answered 603 with a Warning, and says so in the history", async () => {
    await rule({ name: "Not him", when: { senders: ["@example.net"] }, action: "reject" });
    const call = offer(line("x"));
    const final = await call.final(/603/);
    expect(header(final, "Warning")).toContain("INLET_OFFER_RULED_OUT");
    expect(last("offerEnded")).toMatchObject({ outcome: "rejected", reason: { code: "INLET_OFFER_RULED_OUT" } });
    expect((await history())[0]?.files).toMatchObject([{ decidedBy: "rule", rule: { name: "Not him" } }]);
  });

  it("where a rule leaves one file open the person is asked; what they leave as ruled, the rule decided", async () => {
    await rule({ name: "Pictures", when: { types: ["image/*"] } });
    await rule({ name: "No audio", when: { types: ["audio/*"] }, action: "reject" });
    const call = offer([...line("a", PNG), ...line("b"), ...line("c", "audio/mpeg"), ...line("d", PNG)]);
    await call.answer(/180/);
    const { id, files } = last("offer");
    expect(files.map(({ ruling }) => ruling?.action)).toEqual(["accept", undefined, "reject", "accept"]);
    await agent.execute("offers.decide", { offer: id, accept: [0, 1] });
    const final = await call.final(/200/);
    await call.bye(final);
    expect((await history())[0]?.files.map(({ decidedBy, rule }) => [decidedBy, rule?.name])).toEqual([
      ["rule", "Pictures"],
      ["person", undefined],
      ["rule", "No audio"],
      ["person", undefined],
    ]);
  });

  it("nobody decides: what a rule accepts is taken, the rest has expired", async () => {
    await rule({ name: "Pictures", when: { types: ["image/*"] } });
    await rule({ name: "No audio", when: { types: ["audio/*"] }, action: "reject" });
    const call = offer([...line("one", PNG), ...line("two"), ...line("three", "audio/mpeg")]);
    await call.answer(/180/);
    clock.advance(millis(LIMITS.offerDecision));
    const final = await call.final(/200/);
    await call.send(final, "one");
    await call.bye(final);
    const [record] = await history();
    expect(record).toMatchObject({ outcome: "partial", reason: { code: "INLET_OFFER_EXPIRED" } });
    expect(record?.files).toMatchObject([
      { outcome: "completed", rule: { name: "Pictures" } },
      { outcome: "expired", reason: { code: "INLET_OFFER_EXPIRED" } },
      { outcome: "rejected", rule: { name: "No audio" } },
    ]);
    expect(record?.files[1]?.decidedBy).toBeUndefined();
  });

  it("S1-4: configuration from whom no rule names is refused with 403, even where everything is accepted", async () => {
    await agent.execute("settings.set", { accept: "all" });
    const config = line("cfg", "application/vnd.syncml.dm+wbxml");
    const call = offer(config);
    const final = await call.final(/403/);
    expect(header(final, "Warning")).toContain("INLET_OFFER_UNTRUSTED");
    expect((await history())[0]).toMatchObject({ push: "trusted", files: [{ decidedBy: "trust" }] });

    await rule({ name: "My operator", when: { senders: ["sip:ops@example.net"], vouched: true } });
    const forged = offer(config, ["From: <sip:ops@example.net>;tag=f"]);
    await forged.final(/403/);
    const vouched = offer(config, ["P-Asserted-Identity: <sip:ops@example.net>"]);
    const taken = await vouched.final(/200/);
    await vouched.send(taken, "cfg");
    await vouched.bye(taken);
    expect(await inbox()).toMatchObject([{ kind: "file", rule: { name: "My operator" } }]);
  });

  it("of an offer with configuration among other files the person decides on the others alone", async () => {
    const call = offer([...line("x"), ...line("cfg", "application/x-apple-aspen-config")]);
    await call.answer(/180/);
    const { id, files } = last("offer");
    expect(files[1]?.unacceptable?.code).toBe("INLET_OFFER_UNTRUSTED");
    await expect(agent.execute("offers.decide", { offer: id, accept: [0, 1] })).rejects.toThrow(/1 cannot be accepted/);
    await agent.execute("offers.decide", { offer: id, accept: [] });
    await call.final(/603/);
    expect((await history())[0]?.files.map(({ decidedBy }) => decidedBy)).toEqual(["person", "trust"]);
  });

  it("S1-3, S1-5, S1-16, S1-17: kind of push, service, application and Session Identity are kept with the offer", async () => {
    const tags = "Accept-Contact: +g.oma.lcsi.sip-push, +g.oma.iari.syncml";
    const contact = "Contact: <sip:push@psa.example.net:5061;transport=tcp>;isfocus";
    const call = offer(line("x"), [tags, contact]);
    await call.answer(/180/);
    const told = {
      push: "selective",
      service: "+g.oma.lcsi.sip-push",
      application: "+g.oma.iari.syncml",
      session: "sip:push@psa.example.net:5061;transport=tcp",
    };
    expect(last("offer")).toMatchObject(told);
    await agent.execute("offers.decide", { offer: last("offer").id, accept: [] });
    await call.final(/603/);
    const plain = offer(line("y"));
    await plain.answer(/180/);
    await agent.execute("offers.decide", { offer: last("offer").id, accept: [] });
    await plain.final(/603/);
    expect(await history()).toMatchObject([{ push: "generic" }, told]);
    await rule({ name: "Syncml", when: { services: ["+g.oma.iari.syncml"] }, action: "reject" });
    const ruled = offer(line("x"), [tags]);
    await ruled.final(/603/);
  });
});

describe("rules themselves", () => {
  it("are there after a restart, in their order", async () => {
    await rule({ name: "One" });
    await rule({ name: "Two" });
    const [one, two] = agent.state.rules;
    await agent.execute("rules.save", { rule: { ...two, name: "Second" }, at: 0 });
    const before = agent.state.rules;
    expect(before.map(({ name }) => name)).toEqual(["Second", "One"]);
    const stopping = agent.stop();
    core.respond(await core.next("REGISTER"), "200 OK");
    await stopping;
    await start();
    expect(agent.state.rules).toEqual(before);
    await agent.execute("rules.delete", { id: one?.id });
    await expect(agent.execute("rules.delete", { id: one?.id })).rejects.toMatchObject({ code: "INLET_RULE_UNKNOWN" });
    expect(agent.state.rules.map(({ name }) => name)).toEqual(["Second"]);
  });

  it.each([
    ["no name", { name: " " }],
    ["an hour that is none", { when: { hours: { from: "24:00", to: "07:00" } } }],
    ["a type that is none", { when: { types: ["image"] } }],
    ["a condition nobody knows", { when: { moon: "full" } as object }],
    ["an empty list", { when: { senders: [] } }],
  ])("%s is refused", async (_, draft) => {
    await expect(rule(draft)).rejects.toMatchObject({ code: "INLET_COMMAND_INVALID" });
  });

  it("rules: there are only so many", async () => {
    const rule = { name: "r", enabled: false, when: {}, action: "ask" } as const;
    for (let n = 0; n < LIMITS.rules; n++) await agent.execute("rules.save", { rule });
    await expect(agent.execute("rules.save", { rule })).rejects.toMatchObject({ code: "INLET_TOO_MANY_RULES" });
  });

  it("a rule is rehearsed against what was offered before; nothing of it is kept", async () => {
    for (const type of [PNG, "text/plain", PNG]) {
      const call = offer(line("12345", type));
      await call.answer(/180/);
      await agent.execute("offers.decide", { offer: last("offer").id, accept: [] });
      await call.final(/603/);
    }
    await rule({ name: "Nothing small", when: { maxSize: 4 }, action: "reject" });
    const draft = { name: "Pictures", enabled: false, when: { types: ["image/*"] }, action: "accept" };
    const result = (await agent.execute("rules.rehearse", { rule: draft })) as CommandResult<"rules.rehearse">;
    expect(result).toMatchObject({ looked: 3, fits: 2, decides: 2, octets: 10 });
    expect(result.files).toMatchObject([
      { type: PNG, outcome: "rejected", action: "accept", from: { uri: "sip:core@example.net" } },
      { type: PNG, outcome: "rejected", action: "accept" },
    ]);
    await rule({ name: "Nothing", action: "reject" });
    const behind = (await agent.execute("rules.rehearse", { rule: draft })) as CommandResult<"rules.rehearse">;
    expect(behind).toMatchObject({ fits: 2, decides: 0 });
    expect(behind.files[0]).toMatchObject({ action: "reject", rule: { name: "Nothing" } });
    expect(await agent.execute("rules.rehearse", { rule: draft, at: 0 })).toMatchObject({ fits: 2, decides: 2 });
    expect(agent.state.rules.map(({ name }) => name)).toEqual(["Nothing small", "Nothing"]);
  });
});

describe("S1-84, F15: a file that is here already", () => {
  async function received(content: string): Promise<void> {
    await rule({ name: "All" });
    const call = offer(line(content));
    const final = await call.final(/200/);
    await call.send(final, content);
    await call.bye(final);
  }

  it("is fetched again where nothing else was said", async () => {
    await received("hello");
    const call = offer(line("hello"));
    const final = await call.answer(/200/);
    expect(last("offer").files[0]?.alreadyHave).toBe((await inbox())[0]?.id);
    call.ack(final);
    await call.bye(final);
  });

  it("is not fetched where the person prefers that: the line is refused, and the file comes to the inbox as it lies", async () => {
    await received("hello");
    await agent.execute("settings.set", { held: "reuse" });
    const alone = offer(line("hello"));
    const refused = await alone.final(/488/);
    expect(header(refused, "Warning")).toContain("INLET_OFFER_HELD");
    expect((await history())[0]).toMatchObject({
      outcome: "completed",
      files: [{ outcome: "completed", verified: "yes", rule: { name: "All" } }],
    });
    const [again, first] = await inbox();
    expect(again).toMatchObject({ path: first?.path, sha1: first?.sha1, verified: "yes", rule: { name: "All" } });
    expect(readdirSync(join(dir, "in"))).toEqual(["a.txt"]);

    const two = offer([...line("hello"), ...line("other")]);
    const final = await two.answer(/200/);
    expect([...final.matchAll(/^m=message (\d+)/gm)].map(([, port]) => port === "0")).toEqual([true, false]);
    two.ack(final);
    await two.send(final, "other");
    await two.bye(final);
    expect((await history())[0]).toMatchObject({ outcome: "completed", files: [{ item: expect.any(String) }, {}] });
    expect(await inbox()).toHaveLength(4);
  });

  it("is fetched where it is no longer what it was", async () => {
    await received("hello");
    await agent.execute("settings.set", { held: "reuse" });
    writeFileSync((await inbox())[0]?.path ?? "", "HELLO");
    const call = offer(line("hello"));
    const final = await call.final(/200/);
    await call.send(final, "hello");
    await call.bye(final);
    expect(readdirSync(join(dir, "in")).sort()).toEqual(["a (2).txt", "a.txt"]);
  });
});
