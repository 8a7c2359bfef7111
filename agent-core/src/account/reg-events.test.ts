/** Registration events against a core written by hand, in time that the test owns. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { header, RawCore } from "../testing/index.ts";
import { disposeAccounts, type Watched, watch } from "./testing.ts";

const BOB = "sip:bob@example.net";
const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

let core: RawCore;
let clock: ManualClock;
let watched: Watched;
let subscribe: string;
let own: string;
let sequence: number;

async function subscribed(): Promise<void> {
  subscribe = await core.next("SUBSCRIBE");
  expect([header(subscribe, "Event"), header(subscribe, "Accept")]).toEqual(["reg", "application/reginfo+xml"]);
  core.respond(subscribe, "200 OK", ["Expires: 600000", `Contact: <sip:core@127.0.0.1:${core.port};transport=tcp>`]);
  sequence = 0;
}

/** Answers to NOTIFYs that hold `contact` for Bob. */
async function notify(version: number, contact: string, state = "full"): Promise<string> {
  const inside = `<registration aor="${BOB}" id="r" state="active">${contact}</registration>`;
  const body = `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="${state}">${inside}</reginfo>`;
  const cseq = ++sequence;
  const lines = [
    `From: <${BOB}>;tag=core`,
    `To: ${header(subscribe, "From")}`,
    `Call-ID: ${header(subscribe, "Call-ID")}`,
  ];
  const event = ["Event: reg", "Subscription-State: active;expires=600", "Content-Type: application/reginfo+xml"];
  core.request("NOTIFY", BOB, [...lines, `CSeq: ${cseq} NOTIFY`, ...event], body);
  const answer = await core.next(new RegExp(`^SIP/2\\.0 [\\s\\S]*CSeq: ${cseq} NOTIFY`));
  await turns();
  return answer;
}

const contact = (event: string, more = "", uri = own): string => {
  const state =
    /registered$|created|refreshed|shortened/.test(event) && event !== "unregistered" ? "active" : "terminated";
  return `<contact id="c" state="${state}" event="${event}" ${more}><uri>${uri}</uri></contact>`;
};
const registers = (): number => core.received.filter((text) => text.startsWith("REGISTER")).length;

async function grant(): Promise<void> {
  const request = await core.next("REGISTER");
  core.respond(request, "200 OK", [`Contact: ${header(request, "Contact")};expires=3600`]);
  await watched.state("registered");
}

beforeEach(async () => {
  core = await RawCore.listen();
  clock = new ManualClock();
  watched = watch({ registrar: core.uri, regEvents: true }, clock);
  watched.account.start();
  await grant();
  own = watched.account.userAgent.flowUri;
  await subscribed();
});
afterEach(async () => {
  disposeAccounts();
  expect(clock.pending).toBe(0);
  await core[Symbol.asyncDispose]();
});

describe("S22: what the core says of our contact", () => {
  it("that it stands changes nothing but what is known of our addresses", async () => {
    await notify(0, contact("registered"));
    expect(watched.account.view).toMatchObject({ state: "registered", identities: [BOB] });
    expect(registers()).toBe(1);
  });

  it.each(["deactivated", "unregistered", "expired"])(
    "%s: it is registered again, once a minute at most",
    async (event) => {
      await notify(0, contact(event));
      await grant();
      for (let version = 1; version < 50; version++) await notify(version, contact(event));
      expect(registers()).toBe(2);
      clock.advance(60_000);
      await grant();
      expect(registers()).toBe(3);
    },
  );

  it("shortened: it is registered again at half of what is left", async () => {
    await notify(0, contact("shortened", 'expires="600"'));
    clock.advance(299_999);
    await turns();
    expect(registers()).toBe(1);
    clock.advance(1);
    await grant();
  });

  it("rejected: the registration is left, with a reason, until a person asks", async () => {
    await notify(0, contact("rejected"));
    expect((await watched.state("rejected")).reason?.code).toBe("INLET_REGISTRATION_REJECTED");
    clock.advance(86_400_000);
    expect(registers()).toBe(1);
  });

  it("probation: it is registered again when that is over, and not before", async () => {
    await notify(0, contact("probation", 'retry-after="120"'));
    const { retryAt } = await watched.state("lost");
    expect(Date.parse(retryAt ?? "") - clock.now()).toBeGreaterThanOrEqual(120_000);
  });

  it("of another device's contact, or one of an earlier connection of ours, says nothing about this one", async () => {
    await notify(0, contact("rejected", "", "sip:other@127.0.0.1:5;transport=tcp") + contact("registered"));
    await notify(1, contact("unregistered", "", own.replace(/:\d+;/, ":9;")), "partial");
    await notify(2, contact("unregistered", "", "tel:+1"), "partial");
    await notify(3, contact("unregistered", "", "not a URI"), "partial");
    expect(watched.account.view.state).toBe("registered");
    expect(registers()).toBe(1);
  });
});

describe("S22: documents that do not fit", () => {
  it("a gap asks for all of it, once a minute at most; so does a partial one at first", async () => {
    await notify(7, contact("registered"), "partial");
    await subscribed();
    await notify(0, contact("registered"));
    await notify(5, contact("rejected"), "partial");
    await turns();
    expect(core.received.filter((text) => text.startsWith("SUBSCRIBE"))).toHaveLength(2);
    expect(watched.account.view.state).toBe("registered");
    clock.advance(60_000);
    await subscribed();
  });

  it("one that came before, or an older one, changes nothing", async () => {
    await notify(4, contact("registered"));
    await notify(4, contact("rejected"));
    await notify(3, contact("rejected"));
    expect(watched.account.view.state).toBe("registered");
  });

  it("one that cannot be read is refused, and the next one is read", async () => {
    expect(await notify(0, "<contact/>")).toMatch(/^SIP\/2\.0 400/);
    expect(await notify(1, contact("registered"))).toMatch(/^SIP\/2\.0 200/);
  });
});
