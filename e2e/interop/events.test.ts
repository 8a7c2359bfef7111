/** Subscriptions and publications against Kamailio's presence and reg-event servers. */

import { ManualClock, silentLog, systemClock } from "@inlet/agent-core/kernel";
import {
  type OpenFlow,
  openFlow,
  Publication,
  type PublicationOptions,
  Subscription,
  type SubscriptionOptions,
  UserAgent,
} from "@inlet/agent-core/sip";
import { headerValue } from "@inlet/agent-core/wire/sip";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { hasKamailioPresence } from "./kamailio-presence.ts";

const ANN = "sip:ann@example.net";
const BOB = "sip:bob@example.net";
const PIDF = "application/pidf+xml";
const pidf = (basic: string) => ({
  contentType: PIDF,
  content: `<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="${ANN}"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`,
});

describe.skipIf(!hasKamailio || !hasKamailioPresence)("Kamailio as event server", () => {
  let core: Kamailio;
  let ann: UserAgent;
  let bob: UserAgent;
  let connections: OpenFlow[];
  let told: string[];
  let look: () => void;

  beforeAll(async () => {
    core = await startKamailio({ presence: true });
  });
  afterAll(async () => {
    await core?.stop();
  });
  beforeEach(async () => {
    told = [];
    look = () => undefined;
    connections = [];
    ann = await connected(ANN);
    bob = await connected(BOB);
  });
  afterEach(() => {
    for (const agent of [ann, bob]) agent.dispose();
    for (const connection of connections) connection.close();
  });

  async function connected(aor: string): Promise<UserAgent> {
    const options = { clock: systemClock, log: silentLog };
    const agent = new UserAgent({ ...options, aor, userAgent: "Inlet/test", handlers: {} });
    const target = { protocol: "TCP", host: "127.0.0.1", port: core.port, timeout: 5000 } as const;
    const connection = await openFlow(target, options);
    connections.push(connection);
    agent.connection = connection;
    connection.start({ message: (message) => agent.receive(message), closed: () => undefined }, false);
    return agent;
  }

  const tell = (what: string): void => {
    told.push(what);
    look();
  };
  const until = (fits: RegExp): Promise<string> =>
    new Promise((resolve) => {
      look = () => {
        const at = told.findIndex((text) => fits.test(text));
        const [found] = at < 0 ? [] : told.splice(0, at + 1).slice(-1);
        if (found !== undefined) resolve(found);
      };
      look();
    });

  const subscription = (agent: UserAgent, options: Partial<SubscriptionOptions>): Subscription =>
    new Subscription(agent, {
      uri: ANN,
      event: "presence",
      accept: PIDF,
      expires: 600,
      clock: systemClock,
      notified: (request) => tell(Buffer.from(request.body).toString()),
      stands: (state) => tell(`stands ${state}`),
      ended: (outcome, why) => tell(`${outcome} ${JSON.stringify(why)}`),
      ...options,
    });
  const publication = (options: Partial<PublicationOptions> = {}): Publication =>
    new Publication(ann, {
      uri: ANN,
      event: "presence",
      expires: 600,
      clock: systemClock,
      settled: (outcome) => tell(Object.values(outcome).join(" ")),
      ...options,
    });
  /** What `agent` is answered from now on: each status, and the last tag. */
  function answersTo(agent: UserAgent): { statuses: number[]; tag: string } {
    const seen = { statuses: [] as number[], tag: "" };
    const send = agent.send.bind(agent);
    agent.send = async (request) => {
      const response = await send(request);
      seen.statuses.push(response.status);
      seen.tag = headerValue(response, "sip-etag") ?? seen.tag;
      tell(`${request.method} ${response.status}`);
      return response;
    };
    return seen;
  }

  it("presence: published, seen, changed, seen, removed, and left", async () => {
    const watching = subscription(bob, {});
    watching.start();
    await until(/^stands active/);
    const own = publication();
    own.publish(pidf("open"));
    await until(/<basic>open/);
    own.publish(pidf("closed"));
    await until(/<basic>closed/);
    own.remove();
    await until(/^removed/);
    watching.stop();
    expect(await until(/^ended|^unavailable/)).toBe("ended {}");
    expect(bob.dialogs.size).toBe(0);
    own.dispose();
  });

  it("a publication is refreshed under a new tag", async () => {
    const clock = new ManualClock();
    const own = publication({ clock });
    const seen = answersTo(ann);
    own.publish(pidf("open"));
    await until(/^published/);
    const { tag } = seen;
    clock.advance(540_000);
    await until(/^PUBLISH 200/);
    expect([seen.statuses, seen.tag === tag]).toEqual([[200, 200], false]);
    own.remove();
    await until(/^removed/);
    expect(clock.pending).toBe(0);
  });

  it("a subscription is refreshed in its dialog, and told the state again", async () => {
    const clock = new ManualClock();
    const seen = answersTo(bob);
    const watching = subscription(bob, { clock });
    watching.start();
    await until(/^stands active/);
    clock.advance(540_000);
    await until(/^stands active/);
    watching.stop();
    await until(/^ended/);
    expect([seen.statuses.every((status) => status < 300), seen.statuses.length]).toEqual([true, 3]);
    expect(clock.pending).toBe(0);
  });

  it("423 is followed by asking for Min-Expires", async () => {
    const seen = answersTo(bob);
    const watching = subscription(bob, { expires: 5 });
    watching.start();
    await until(/^stands active/);
    watching.stop();
    await until(/^ended/);
    expect(seen.statuses[0]).toBe(423);
  });

  it("an event package it does not have is unavailable, with the status", async () => {
    subscription(bob, { event: "poc-settings" }).start();
    expect(await until(/^unavailable/)).toBe('unavailable {"status":489}');
  });

  it("presence is fetched once, and leaves no dialog", async () => {
    const own = publication();
    own.publish(pidf("open"));
    await until(/^published/);
    subscription(bob, {}).fetch();
    expect(await until(/^<\?xml/)).toContain("<basic>open");
    await until(/^ended/);
    own.remove();
    await until(/^removed/);
  });

  it("a publication that the server has forgotten is made anew after its 412", async () => {
    const seen = answersTo(ann);
    const own = publication();
    own.publish(pidf("open"));
    await until(/^published/);
    // Somebody else, who knows the tag, removes it.
    const removed = await ann.request({
      method: "PUBLISH",
      uri: ANN,
      headers: [
        { name: "event", value: "presence" },
        { name: "expires", value: "0" },
        { name: "sip-if-match", value: seen.tag },
      ],
    });
    expect(removed.status).toBe(200);
    own.publish(pidf("closed"));
    await until(/^published/);
    expect(seen.statuses.slice(-2)).toEqual([412, 200]);
    own.remove();
    await until(/^removed/);
  });

  it("reg: the subscriber is told of their own registration, and of its end", async () => {
    const register = (expires: number) =>
      ann.request({
        method: "REGISTER",
        uri: "sip:example.net",
        headers: [
          { name: "contact", value: ann.contact },
          { name: "expires", value: `${expires}` },
        ],
      });
    expect((await register(600)).status).toBe(200);
    const watching = subscription(ann, { event: "reg", accept: "application/reginfo+xml" });
    watching.start();
    expect(await until(/reginfo[\s\S]*state="active"/)).toContain(`aor="${ANN}"`);
    expect((await register(0)).status).toBe(200);
    await until(/reginfo[\s\S]*(terminated|expired|unregistered)/);
    watching.stop();
    await until(/^ended/);
  });
});
