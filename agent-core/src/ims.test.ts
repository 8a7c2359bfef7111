/** Inlet as a terminal of an IMS (3GPP TS 24.229): its proxy, and all that stands behind it, written by hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { Offer, OfferRecord } from "./contract/index.ts";
import { ManualClock } from "./kernel/index.ts";
import { header, headers, offeredLine, RawCall, RawCore } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
const SECOND = "sip:robert@example.net";
const ACCESS = "IEEE-802.3;dsl-location=here";
const PUSH = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.sip-push"';
const ROUTE = ["<sip:orig@scscf.example.net;lr>", "<sip:edge.example.net:4060;lr>"];
const CONTENT = "hello, world";

let dir: string;
let core: RawCore;
let agent: Agent;
let registers: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "inlet-ims-"));
  core = await RawCore.listen();
  const ims = { accessNetwork: ACCESS };
  const account = { aor: BOB, registrar: core.uri, user: "bob@private.example.net", password: "secret", ims };
  const places = { dataDir: join(dir, "data"), folder: join(dir, "in") };
  agent = await startAgent({ ...places, accounts: [{ ...account, channels: false }], clock: new ManualClock() });
  const first = await core.next("REGISTER");
  core.respond(first, "401 Unauthorized", ['WWW-Authenticate: Digest realm="example.net", nonce="n", qop="auth"']);
  const second = await core.next("REGISTER");
  registers = [first, second];
  core.respond(second, "200 OK", [
    `Contact: ${header(second, "Contact")};expires=600000`,
    "Path: <sip:term@pcscf.example.net;lr>",
    ...ROUTE.map((route) => `Service-Route: ${route}`),
    `P-Associated-URI: <${BOB}>, <${SECOND}>, <tel:+4930123456>`,
  ]);
});
afterEach(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const line = (...more: readonly string[]): string[] =>
  offeredLine(CONTENT, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp", ...more);
const offers = (): Offer[] => Object.values(agent.state.offers);
const history = async (): Promise<OfferRecord | undefined> =>
  ((await agent.execute("offers.list", { limit: 1 })) as { offers: OfferRecord[] }).offers[0];
const decide = (...accept: number[]): Promise<unknown> =>
  agent.execute("offers.decide", { offer: offers()[0]?.id ?? "", accept });

/** What a terminating S-CSCF and P-CSCF leave in an INVITE, and what callers put into one. */
const CARRIED = [
  "Record-Route: <sip:term@pcscf.example.net;lr>, <sip:scscf.example.net;lr>",
  'P-Asserted-Identity: "Ann" <sip:ann@example.net>, <tel:+4930654321>',
  "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.oma.sip-push",
  `P-Called-Party-ID: <${SECOND}>`,
  "P-Charging-Vector: icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net",
  "P-Early-Media: supported",
  "Feature-Caps: *;+g.3gpp.srvcc",
  "Request-Disposition: no-fork, no-queue",
  "P-Visited-Network-ID: other.net",
  `Accept-Contact: *;${PUSH};require;explicit`,
  "Supported: 100rel, precondition, timer, gruu",
];
/** A caller that reserves what it needs (RFC 3312 §4), and tells so. */
const RESERVES = [
  "a=curr:qos local none",
  "a=curr:qos remote none",
  "a=des:qos mandatory local sendrecv",
  "a=des:qos optional remote sendrecv",
];

describe("in an IMS", () => {
  it("S1-93: says at once who registers, for what, and how it is connected", () => {
    const [first = "", second = ""] = registers;
    expect(header(first, "Authorization")).toMatch(
      /^Digest username="bob@private\.example\.net", realm="example\.net", nonce="", uri="sip:example\.net", response=""/,
    );
    expect(header(second, "Authorization")).toMatch(/username="bob@private\.example\.net".*nonce="n"/);
    for (const register of registers) {
      expect(header(register, "P-Access-Network-Info")).toBe(ACCESS);
      expect(header(register, "Contact")).toContain(`;+g.oma.lcsi.sip-push;+sip.instance="<urn:uuid:`);
      expect(header(register, "Contact")).toContain(`;${PUSH}`);
      expect(header(register, "Supported")).toContain("path");
      expect(headers(register, "Route")).toEqual([]);
      expect(header(register, "P-Preferred-Identity")).toBeUndefined();
    }
  });

  it("S1-93: its requests go by way of the proxy and the service route, and say whose they are", async () => {
    const subscribe = await core.next("SUBSCRIBE");
    expect(headers(subscribe, "Route")).toEqual([`<sip:127.0.0.1:${core.port};transport=tcp;lr>`, ...ROUTE]);
    expect(header(subscribe, "Event")).toBe("reg");
    expect(header(subscribe, "P-Preferred-Identity")).toBe(`<${BOB}>`);
    expect(header(subscribe, "P-Access-Network-Info")).toBe(ACCESS);
    expect(agent.state.accounts[BOB]?.identities).toEqual([BOB, SECOND, "tel:+4930123456"]);
  });

  const RESTORE =
    '<ims-3gpp version="1"><alternative-service><type>restoration</type><reason/><action>initial-registration</action></alternative-service></ims-3gpp>';
  const forgotten = (request: string, by: string, body = RESTORE): void =>
    core.respond(
      request,
      "504 Server Time-out",
      [`P-Asserted-Identity: <${by}>`, "Content-Type: application/3gpp-ims+xml"],
      body,
    );

  it("S1-93: registers anew where the core says that it knows it no more (TS 24.229 §5.1.2A.1.6)", async () => {
    forgotten(await core.next("SUBSCRIBE"), "sip:orig@scscf.example.net");
    const again = await core.next("REGISTER");
    expect(header(again, "Call-ID")).toBe(header(registers[0] ?? "", "Call-ID"));
    expect(Number(header(again, "CSeq")?.split(" ")[0])).toBe(3);
  });

  it.each([
    ["somebody else says so", "sip:mallory@example.net", RESTORE],
    ["it says something else", "sip:orig@scscf.example.net", RESTORE.replace("restoration", "emergency")],
    ["it says nothing", "sip:orig@scscf.example.net", ""],
  ])("does not where %s", async (_, by, body) => {
    forgotten(await core.next("SUBSCRIBE"), by, body);
    core.request("OPTIONS", BOB, [], "");
    await core.next("SIP/2.0 200");
    expect(core.received.filter((message) => message.startsWith("REGISTER"))).toHaveLength(2);
  });

  it("S1-28, S1-31: a push with all that an IMS adds is received, told of truly, and released", async () => {
    const call = new RawCall(core, BOB, line(...RESERVES), CARRIED);
    const ringing = await call.answer(/180/);
    expect(offers()).toMatchObject([
      {
        from: { asserted: "sip:ann@example.net" },
        to: SECOND,
        service: "urn:urn-7:3gpp-service.ims.icsi.oma.sip-push",
      },
    ]);
    await decide(0);
    const final = await call.final(/200/);
    for (const answer of [ringing, final]) {
      expect(header(answer, "P-Access-Network-Info")).toBe(ACCESS);
      expect(headers(answer, "Record-Route").join(", ")).toBe(
        "<sip:term@pcscf.example.net;lr>, <sip:scscf.example.net;lr>",
      );
    }
    // It has no resources to reserve, and claims to know nothing of the other side's.
    expect(final).not.toMatch(/qos|precondition/);
    await call.send(final, CONTENT);
    await call.bye(final);
    expect(await history()).toMatchObject({ outcome: "completed" });
  });

  it("S1-28: who has not reserved what it needs offers inactive lines, and sends when it has (TS 24.229 §6.1.2)", async () => {
    const inactive = line(...RESERVES).map((text) => text.replace("a=sendonly", "a=inactive"));
    const call = new RawCall(core, BOB, inactive, CARRIED);
    await call.answer(/180/);
    await decide(0);
    const final = await call.final(/200/);
    expect(final).toMatch(/^m=message [1-9][\s\S]*^a=inactive\r$/m);
    const head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
    const within = [`Call-ID: ${call.id}`, `To: ${header(final, "To")}`, "CSeq: 2 UPDATE"];
    const reserved = line(...RESERVES.with(0, "a=curr:qos local sendrecv"));
    const body = `${[...head, ...reserved].join("\r\n")}\r\n`;
    core.request("UPDATE", BOB, [...within, "Content-Type: application/sdp"], body);
    const updated = await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 2 UPDATE/);
    expect(updated).toMatch(/^a=recvonly\r$/m);
    expect(/^a=path:.*/m.exec(updated)?.[0]).toBe(/^a=path:.*/m.exec(final)?.[0]);
    await call.send(updated, CONTENT);
    core.request("BYE", BOB, [...within.slice(0, 2), "CSeq: 3 BYE"]);
    await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 3 BYE/);
    expect(await history()).toMatchObject({ outcome: "completed" });
  });

  it("S1-28: who insists on preconditions hears that it may call without (RFC 3312 §11, TS 24.229 §5.1.3.1)", async () => {
    const call = new RawCall(core, BOB, line(...RESERVES), [...CARRIED, "Require: precondition"]);
    const final = await call.final(/420/);
    expect(header(final, "Unsupported")).toBe("precondition");
    expect(offers()).toEqual([]);
  });

  it("S1-31: BYE in the middle says why in the history, as its sender does (RFC 3326)", async () => {
    const call = new RawCall(core, BOB, line());
    await call.answer(/180/);
    await decide(0);
    const final = await call.final(/200/);
    const within = [`Call-ID: ${call.id}`, `To: ${header(final, "To")}`, "CSeq: 2 BYE"];
    core.request("BYE", BOB, [...within, 'Reason: SIP ;cause=503 ;text="Radio bearer lost"']);
    const bye = await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 2 BYE/);
    expect(header(bye, "P-Access-Network-Info")).toBe(ACCESS);
    expect(await history()).toMatchObject({
      outcome: "failed",
      reason: {
        code: "INLET_TRANSFER_INCOMPLETE",
        text: expect.stringContaining("(SIP 503 Radio bearer lost)"),
      },
    });
  });

  it.each([
    ['SIP;cause=200;text="Call completed elsewhere"', "INLET_OFFER_ELSEWHERE"],
    ['SIP;cause=487;text="Gave up"', "INLET_OFFER_WITHDRAWN"],
  ])("S1-31: CANCEL with Reason %s is told as %s", async (why, code) => {
    const call = new RawCall(core, BOB, line());
    await call.answer(/180/);
    call.cancel([`Reason: ${why}`]);
    const cancelled = await core.next(/^SIP\/2\.0 200[\s\S]*CSeq: 1 CANCEL/);
    // TS 24.229 §5.1.2A.1.1: an answer to CANCEL has none.
    expect(header(cancelled, "P-Access-Network-Info")).toBeUndefined();
    await call.final(/487/);
    expect(await history()).toMatchObject({ outcome: "cancelled", reason: { code } });
  });
});
