import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, silentLog, systemClock } from "@inlet/agent-core/kernel";
import { Subscription } from "@inlet/agent-core/sip";
import { CHANNEL_LIST_TYPE, type ChannelList, parseChannelList, parseSipfrag } from "@inlet/agent-core/wire";
import { headerValue } from "@inlet/agent-core/wire/sip";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChannelDefinition } from "./channel-definition.ts";
import { NOTIFY_EVERY } from "./channel-list-watcher.ts";
import { connectAgent } from "./connected-agent.ts";
import type { Provider } from "./provider.ts";
import { ANN, BOB, openSockets, startTestProvider, TemporaryFolder, TestAgent } from "./testing.ts";

const CHANNELS: ChannelDefinition[] = [
  {
    id: "news",
    name: 'News "now"',
    description: "What is new",
    provider: "News desk",
    categories: ["News", "Text"],
    contentTypes: ["text/plain"],
  },
  { id: "staff", name: "Staff", members: ["ann"] },
];
const KEY = `${BOB.aor} news`;

let before: number;
let clock: ManualClock;
let folder: TemporaryFolder;
let provider: Provider;
/** The channel server has taken in that the invitation was accepted. */
let joined: PromiseWithResolvers<string>;
let note: string;

beforeEach(async () => {
  before = await openSockets();
  folder = new TemporaryFolder();
  note = join(folder.path, "note.txt");
  writeFileSync(note, "news\n");
  clock = new ManualClock();
  joined = Promise.withResolvers();
  provider = await startTestProvider({
    clock,
    channels: CHANNELS,
    subscribed: (aor, channel) => joined.resolve(`${aor} ${channel}`),
  });
});

afterEach(async () => {
  await provider.stop();
  folder[Symbol.dispose]();
  expect(await openSockets()).toBe(before);
  expect(clock.pending).toBe(0);
});

const startBob = async (): Promise<TestAgent> => {
  const bob = await TestAgent.start(folder.path, { ...BOB, registrar: provider.registrar }, { accept: "all" });
  await bob.until(({ channels }) => channels[KEY] !== undefined);
  return bob;
};
const isSubscribed = (bob: TestAgent): Promise<void> =>
  bob.until(({ channels }) => channels[KEY]?.status === "subscribed");
const command = (bob: TestAgent, name: "subscribe" | "unsubscribe", channel: string): Promise<unknown> =>
  bob.agent.execute(`channels.${name}`, { account: BOB.aor, channel });

describe("channels", () => {
  it("are listed, subscribed by invitation, pushed, filed under their name, and left again", async () => {
    await using bob = await startBob();
    expect(Object.values(bob.agent.state.channels)).toMatchObject([
      {
        id: "news",
        name: 'News "now"',
        status: "available",
        description: "What is new",
        provider: "News desk",
        categories: ["News", "Text"],
        types: ["text/plain"],
        delivery: ["push"],
      },
      { id: "staff", name: "Staff", status: "available" },
    ]);
    await command(bob, "subscribe", "news");
    await isSubscribed(bob);
    expect(await joined.promise).toBe(KEY);

    const published = await provider.publish("news", [{ path: note, description: "The first" }]);
    expect(published).toEqual([{ aor: BOB.aor, results: [{ file: note, outcome: "confirmed" }] }]);
    const item = await bob.event("item");
    expect(item).toMatchObject({ channel: "news", name: "note.txt", verified: "yes" });
    expect(item.from).toEqual({
      uri: "sip:channel.news@example.net",
      name: 'News "now"',
      asserted: "sip:channel.news@example.net",
    });

    await command(bob, "unsubscribe", "news");
    // The BYE is answered after it was taken in; what follows on the same connection comes later still.
    await provider.message({ to: BOB.aor, text: "later" });
    expect(await provider.publish("news", [{ path: note }])).toEqual([]);
  });

  it("stay subscribed while the agent is away, and can be left without the session", async () => {
    {
      await using bob = await startBob();
      await command(bob, "subscribe", "news");
      await joined.promise;
    }
    const [away] = await provider.publish("news", [{ path: note }]);
    expect(away?.results).toMatchObject([{ outcome: "failed", reason: { code: "INLET_SEND_UNAVAILABLE" } }]);
    await using bob = await startBob();
    await isSubscribed(bob);
    expect((await provider.publish("news", [{ path: note }]))[0]?.results).toMatchObject([{ outcome: "confirmed" }]);
    await command(bob, "unsubscribe", "news");
    expect(await provider.publish("news", [{ path: note }])).toEqual([]);
  });

  it("do not hold up an agent that stops while the provider goes away", async () => {
    const agentClock = new ManualClock();
    const account = { ...BOB, registrar: provider.registrar };
    const bob = await TestAgent.start(folder.path, account, { clock: agentClock });
    await bob.until(({ channels }) => channels[KEY] !== undefined);
    // The agent's clock stands still: it stops in good order or not at all.
    await Promise.all([provider.stop(), bob.agent.stop()]);
  });

  it("refuse who may not have them", async () => {
    await using bob = await startBob();
    await expect(command(bob, "subscribe", "staff")).rejects.toMatchObject({ code: "INLET_CHANNEL_REFUSED" });
    await expect(provider.publish("none", [])).rejects.toMatchObject({ code: "INLET_CHANNEL_UNKNOWN" });
  });

  it("are told whole at first, then as far as they changed, at most every five seconds", async () => {
    await using bob = await startBob();
    using watching = await connectAgent({ ...BOB, registrar: provider.registrar, log: silentLog, clock: systemClock });
    const lists: ChannelList[] = [];
    let look = (): void => undefined;
    let over = false;
    const subscription = new Subscription(watching.userAgent, {
      uri: BOB.aor,
      event: "dcd-channels",
      accept: CHANNEL_LIST_TYPE,
      expires: 3600,
      clock: systemClock,
      notified: (request) => {
        lists.push(parseChannelList(request.body));
        look();
      },
      ended: () => {
        over = true;
        look();
      },
    });
    const until = (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        look = () => holds() && resolve();
        look();
      });
    subscription.start();
    await until(() => lists.length === 1);
    await command(bob, "subscribe", "news");
    await joined.promise;
    expect(lists).toHaveLength(1);
    clock.advance(NOTIFY_EVERY);
    await until(() => lists.length === 2);
    expect(lists.map(({ version, state, channels }) => ({ version, state, ids: channels.map((c) => c.id) }))).toEqual([
      { version: 1, state: "full", ids: ["news", "staff"] },
      { version: 2, state: "partial", ids: ["news"] },
    ]);
    expect(lists[1]?.channels[0]?.status).toBe("subscribed");
    const stopped = until(() => over);
    subscription.stop();
    await stopped;
  });

  it("are nobody else's to look at or to ask for, and what came of asking is told on request", async () => {
    const bodies: string[] = [];
    const told = Promise.withResolvers<void>();
    using ann = await connectAgent({ ...ANN, registrar: provider.registrar, log: silentLog, clock: systemClock });
    const refer = (to: string, target: string) =>
      ann.userAgent.request({
        method: "REFER",
        uri: to,
        to,
        headers: [
          { name: "contact", value: ann.userAgent.contact },
          { name: "refer-to", value: `<${target}>` },
        ],
      });
    const subscribe = (uri: string, event: string) =>
      ann.userAgent.request({
        method: "SUBSCRIBE",
        uri,
        to: uri,
        headers: [
          { name: "contact", value: ann.userAgent.contact },
          { name: "event", value: event },
        ],
      });
    expect((await subscribe(BOB.aor, "dcd-channels")).status).toBe(403);
    expect((await subscribe("sip:channel.news@example.net", "presence")).status).toBe(489);
    expect((await refer("sip:channel.news@example.net", BOB.aor)).status).toBe(403);
    expect((await refer("sip:channel.none@example.net", ANN.aor)).status).toBe(404);
    // Ann is not registered, so her invitation cannot reach her: 480, told in a NOTIFY of the REFER's subscription.
    const { callId, fromTag } = { callId: "refer-1", fromTag: "a1" };
    ann.userAgent.expectedNotifies.set(`${callId} ${fromTag}`, (incoming) => {
      const { request } = incoming;
      bodies.push(`${headerValue(request, "subscription-state")} ${parseSipfrag(request.body).status}`);
      incoming.respond(200);
      if (bodies.length === 2) told.resolve();
    });
    const answer = await ann.userAgent.request({
      method: "REFER",
      uri: "sip:channel.news@example.net",
      to: "sip:channel.news@example.net",
      sequence: { callId, fromTag, cseq: 0 },
      headers: [
        { name: "contact", value: ann.userAgent.contact },
        { name: "refer-to", value: `<${ANN.aor}>` },
      ],
    });
    expect(answer.status).toBe(200);
    await told.promise;
    expect(bodies).toEqual(["active;expires=180 100", "terminated;reason=noresource 480"]);
  });
});
