/** A subscription against a notifier written by hand, in time that the test owns. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InletError, ManualClock } from "../kernel/index.ts";
import { header, type RawCore } from "../testing/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import { Subscription, type SubscriptionOptions } from "./subscription.ts";
import { type AgentAtCore, agentAtCore, BOB } from "./testing.ts";
import type { UserAgent } from "./user-agent.ts";

const TYPE = "application/reginfo+xml";

let side: AgentAtCore;
let core: RawCore;
let clock: ManualClock;
let agent: UserAgent;
let told: string[];

beforeEach(async () => {
  clock = new ManualClock();
  told = [];
  side = await agentAtCore({ clock });
  ({ core, agent } = side);
});

afterEach(async () => {
  await side[Symbol.asyncDispose]();
});

function subscription(options: Partial<SubscriptionOptions> = {}): Subscription {
  return new Subscription(agent, {
    uri: BOB,
    event: "reg",
    accept: TYPE,
    expires: 3600,
    clock,
    notified: (request) => void told.push(Buffer.from(request.body).toString()),
    stands: (state) => void told.push(state),
    ended: (outcome, { status, reason }) => void told.push([outcome, status ?? reason].join(" ").trim()),
    ...options,
  });
}

/** Lets what has been answered be taken in: a request after it on the same connection is answered later. */
async function settle(): Promise<void> {
  core.request("OPTIONS", BOB);
  await core.next(/^SIP\/2\.0 200 [\s\S]*OPTIONS/);
  await new Promise((resolve) => setImmediate(resolve));
}

let sequence = 1;
/** Sends a NOTIFY in answer to `subscribe`. */
function sendNotify(subscribe: string, lines: readonly string[], body = "", tag = "core"): void {
  core.request(
    "NOTIFY",
    BOB,
    [
      `From: <${BOB}>;tag=${tag}`,
      `To: ${header(subscribe, "From")}`,
      `Call-ID: ${header(subscribe, "Call-ID")}`,
      ...(lines.some((line) => line.startsWith("CSeq")) ? [] : [`CSeq: ${sequence++} NOTIFY`]),
      ...(lines.some((line) => line.startsWith("Event")) ? [] : ["Event: reg"]),
      ...(body === "" || lines.some((line) => line.startsWith("Content-Type")) ? [] : [`Content-Type: ${TYPE}`]),
      ...lines,
    ],
    body,
  );
}

/** The same, and what it was answered. */
async function notify(...what: Parameters<typeof sendNotify>): Promise<string> {
  sendNotify(...what);
  const answer = await core.next(/^SIP\/2\.0 [\s\S]*CSeq: \d+ NOTIFY/);
  await settle();
  return answer;
}
const ACTIVE = "Subscription-State: active;expires=3600";

async function established(options: Partial<SubscriptionOptions> = {}): Promise<{ it: Subscription; first: string }> {
  const it = subscription(options);
  it.start();
  const first = await core.next("SUBSCRIBE");
  core.respond(first, "200 OK", ["Expires: 3600", `Contact: <sip:core@127.0.0.1:${core.port};transport=tcp>`]);
  expect(await notify(first, [ACTIVE], "state")).toMatch(/^SIP\/2\.0 200/);
  expect(told.splice(0)).toEqual(["state", "active"]);
  return { it, first };
}

describe("SUBSCRIBE", () => {
  it("asks with Event, id, Accept, Expires and Contact, and is refreshed in its dialog before it expires", async () => {
    const { first } = await established();
    expect([header(first, "Event"), header(first, "Accept"), header(first, "Expires")]).toEqual(["reg", TYPE, "3600"]);
    clock.advance(3_240_000);
    const second = await core.next("SUBSCRIBE");
    expect(second).toMatch(/^SUBSCRIBE sip:core@127/);
    expect(header(second, "To")).toContain("tag=core");
    expect(header(second, "CSeq")).toBe("2 SUBSCRIBE");
  });

  it("that is answered 423 asks for what the notifier grants at least", async () => {
    subscription().start();
    core.respond(await core.next("SUBSCRIBE"), "423 Interval Too Brief", ["Min-Expires: 7200"]);
    const second = await core.next("SUBSCRIBE");
    expect(header(second, "Expires")).toBe("7200");
    core.respond(second, "423 Interval Too Brief", ["Min-Expires: 7201"]);
    await settle();
    clock.advance(29_999);
    await settle();
    expect(core.received.filter((text) => text.startsWith("SUBSCRIBE"))).toHaveLength(2);
    clock.advance(1);
    await core.next("SUBSCRIBE");
  });

  it("that is refreshed into a 481 begins a new subscription", async () => {
    const { first } = await established();
    clock.advance(3_240_000);
    core.respond(await core.next("SUBSCRIBE"), "481 Subscription Does Not Exist");
    await settle();
    clock.advance(1000);
    const next = await core.next("SUBSCRIBE");
    expect(header(next, "Call-ID")).not.toBe(header(first, "Call-ID"));
    expect(header(next, "To")).not.toContain("tag");
  });

  it("whose refresh is refused for now stays in force, and is tried again when Retry-After says", async () => {
    const { first } = await established();
    clock.advance(3_240_000);
    core.respond(await core.next("SUBSCRIBE"), "503 Service Unavailable", ["Retry-After: 60"]);
    await settle();
    expect(await notify(first, ["Subscription-State: active"], "still")).toMatch(/^SIP\/2\.0 200/);
    clock.advance(60_000);
    expect(header(await core.next("SUBSCRIBE"), "Call-ID")).toBe(header(first, "Call-ID"));
  });

  it("that brings no NOTIFY within 64·T1 (timer N) is tried again later", async () => {
    subscription().start();
    core.respond(await core.next("SUBSCRIBE"), "200 OK", ["Expires: 3600", "Contact: <sip:core@127.0.0.1>"]);
    await settle();
    clock.advance(32_000);
    await settle();
    clock.advance(30_000);
    await core.next("SUBSCRIBE");
  });

  it("is ended by Expires 0, and by its timeout when the notifier says nothing more", async () => {
    const { it: own, first } = await established();
    own.stop();
    const last = await core.next("SUBSCRIBE");
    expect(header(last, "Expires")).toBe("0");
    core.respond(last, "200 OK", ["Expires: 0"]);
    expect(await notify(first, ["Subscription-State: terminated;reason=timeout"])).toMatch(/^SIP\/2\.0 200/);
    expect(told).toEqual(["ended"]);

    told = [];
    const { it: other } = await established();
    other.stop();
    core.respond(await core.next("SUBSCRIBE"), "200 OK", ["Expires: 0"]);
    await settle();
    clock.advance(32_000);
    expect(told).toEqual(["ended"]);
    clock.advance(64_000);
    expect([agent.size, clock.pending]).toEqual([0, 0]);
  });

  it("with Expires 0 at once fetches the state, and leaves nothing", async () => {
    subscription().fetch();
    const request = await core.next("SUBSCRIBE");
    expect(header(request, "Expires")).toBe("0");
    core.respond(request, "200 OK", ["Expires: 0", "Contact: <sip:core@127.0.0.1>"]);
    await notify(request, ["Subscription-State: terminated;reason=timeout"], "once");
    expect(told).toEqual(["once", "ended"]);
    clock.advance(64_000);
    expect([agent.size, clock.pending]).toEqual([0, 0]);
  });

  it.each(["403", "404", "405", "410", "416", "480", "489", "501", "603", "604"])(
    "that is answered %s is given up",
    async (status) => {
      subscription().start();
      core.respond(await core.next("SUBSCRIBE"), `${status} No`);
      await settle();
      expect(told).toEqual([`unavailable ${status}`]);
      expect(clock.pending).toBeLessThan(2);
    },
  );

  it("answered 200 without Contact, or with one that cannot be read, ends nothing but itself", async () => {
    for (const contact of [[], ["Contact: <sip:x"]]) {
      subscription().start();
      const request = await core.next("SUBSCRIBE");
      core.respond(request, "200 OK", ["Expires: 3600", ...contact]);
      await settle();
      expect(await notify(request, [ACTIVE], "x")).toMatch(/^SIP\/2\.0 200/);
    }
  });
});

describe("NOTIFY", () => {
  it("S21: before the 200 to SUBSCRIBE makes the dialog", async () => {
    subscription().start();
    const request = await core.next("SUBSCRIBE");
    expect(await notify(request, [ACTIVE], "early")).toMatch(/^SIP\/2\.0 200/);
    core.respond(request, "200 OK", ["Expires: 3600", "Contact: <sip:core@127.0.0.1>"]);
    expect(await notify(request, [ACTIVE], "later")).toMatch(/^SIP\/2\.0 200/);
    expect(told).toEqual(["early", "active", "later", "active"]);
  });

  it("of a second fork is answered 481, and of a fork that the 200 does not name is taken when it is the first", async () => {
    const { first } = await established();
    expect(await notify(first, [ACTIVE], "x", "fork")).toMatch(/^SIP\/2\.0 481/);
    subscription().start();
    const request = await core.next("SUBSCRIBE");
    core.respond(request, "200 OK", ["Expires: 3600", "Contact: <sip:core@127.0.0.1>"]);
    await settle();
    expect(await notify(request, [ACTIVE], "x", "fork")).toMatch(/^SIP\/2\.0 200/);
    expect(await notify(request, [ACTIVE], "x")).toMatch(/^SIP\/2\.0 481/);
  });

  it.each<[string, readonly string[], string, RegExp]>([
    ["S21: without Subscription-State", [], "", /^SIP\/2\.0 400/],
    [
      "S21: with a Subscription-State that is malformed",
      ["Subscription-State: active;expires=soon"],
      "",
      /^SIP\/2\.0 400/,
    ],
    ["about another event", ["Event: presence", ACTIVE], "", /^SIP\/2\.0 489[\s\S]*^Allow-Events: reg/m],
    ["about another id", ["Event: reg;id=2", ACTIVE], "", /^SIP\/2\.0 481/],
    [
      "with a body of another type",
      ["Content-Type: text/html", ACTIVE],
      "<b>",
      /^SIP\/2\.0 415[\s\S]*^Accept: application\/reginfo\+xml/m,
    ],
    ["with a body without type", ["Content-Type: ", ACTIVE], "x", /^SIP\/2\.0 415/],
    [
      "with a compressed body",
      ["Content-Encoding: gzip", ACTIVE],
      "x",
      /^SIP\/2\.0 415[\s\S]*^Accept-Encoding: identity/m,
    ],
    ["out of order", ["CSeq: 0 NOTIFY", ACTIVE], "", /^SIP\/2\.0 500/],
  ])("%s is refused, and the subscription goes on", async (_, lines, body, answer) => {
    const { first } = await established();
    expect(await notify(first, lines, body)).toMatch(answer);
    expect(told).toEqual([]);
    expect(await notify(first, [ACTIVE], "next")).toMatch(/^SIP\/2\.0 200/);
    expect(told).toEqual(["next", "active"]);
  });

  it("with the id that was asked for is taken; without it is another subscription's", async () => {
    subscription({ id: "7" }).start();
    const request = await core.next("SUBSCRIBE");
    expect(header(request, "Event")).toBe("reg;id=7");
    expect(await notify(request, [ACTIVE], "x")).toMatch(/^SIP\/2\.0 481/);
    expect(await notify(request, ["Event: reg;id=7", ACTIVE], "x")).toMatch(/^SIP\/2\.0 200/);
  });

  it("is answered only when its body is stored, and the next one waits for it", async () => {
    const stored: (() => void)[] = [];
    const order: string[] = [];
    const notified = (request: SipRequest): Promise<void> => {
      order.push(Buffer.from(request.body).toString());
      return new Promise((resolve) => void stored.push(resolve));
    };
    subscription({ notified }).start();
    const request = await core.next("SUBSCRIBE");
    sendNotify(request, [ACTIVE], "1");
    sendNotify(request, [ACTIVE], "2");
    await settle();
    const answered = (): number =>
      core.received.filter((text) => /^SIP\/2\.0 200[\s\S]*CSeq: \d+ NOTIFY/.test(text)).length;
    expect([order, answered()]).toEqual([["1"], 0]);
    stored[0]?.();
    await settle();
    expect([order, answered()]).toEqual([["1", "2"], 1]);
    stored[1]?.();
    await settle();
    expect(answered()).toBe(2);
  });

  it("whose body is refused is answered with the status of the fault; one that ends the subscription ends it all the same", async () => {
    const notified = (): void => {
      throw new InletError("INLET_XML_INVALID");
    };
    subscription({ notified }).start();
    const request = await core.next("SUBSCRIBE");
    expect(await notify(request, [ACTIVE], "x")).toMatch(/^SIP\/2\.0 400/);
    expect(await notify(request, ["Subscription-State: terminated;reason=noresource"], "x")).toMatch(/^SIP\/2\.0 400/);
    expect(told).toEqual(["unavailable noresource"]);
  });

  it("says for how long, less than the 200 did", async () => {
    const { first } = await established();
    await notify(first, ["Subscription-State: active;expires=600"]);
    clock.advance(540_000);
    await core.next("SUBSCRIBE");
  });

  it.each([
    ["deactivated", 1],
    ["timeout", 1],
    ["probation", 30],
    ["probation;retry-after=5", 5],
    ["giveup", 30],
    ["giveup;retry-after=120", 120],
    ["unheard-of", 30],
  ])("S21: terminated;reason=%s is followed by a new subscription after %s s", async (reason, after) => {
    const { first } = await established();
    expect(await notify(first, [`Subscription-State: terminated;reason=${reason}`])).toMatch(/^SIP\/2\.0 200/);
    const before = core.received.filter((text) => text.startsWith("SUBSCRIBE")).length;
    clock.advance(after * 1000 - 1);
    await settle();
    expect(core.received.filter((text) => text.startsWith("SUBSCRIBE"))).toHaveLength(before);
    clock.advance(1);
    expect(header(await core.next("SUBSCRIBE"), "Call-ID")).not.toBe(header(first, "Call-ID"));
  });

  it.each(["rejected", "noresource", "invariant"])("S21: terminated;reason=%s is the end of it", async (reason) => {
    const { first } = await established();
    await notify(first, [`Subscription-State: terminated;reason=${reason}`]);
    expect(told).toEqual([`unavailable ${reason}`]);
    expect(await notify(first, [ACTIVE])).toMatch(/^SIP\/2\.0 481/);
  });
});
