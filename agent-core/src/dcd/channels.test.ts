/** Joining and leaving channels against a provider written by hand, in time that the test owns. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Channel } from "../contract/index.ts";
import { InletError, ManualClock, silentLog, systemClock } from "../kernel/index.ts";
import { MsrpListener } from "../msrp/index.ts";
import { type OpenFlow, openFlow, UserAgent } from "../sip/index.ts";
import { header, RawCore } from "../testing/index.ts";
import { CHANNEL_LIST_TYPE, formatChannelList } from "../wire/channel-list/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import { Channels } from "./channels.ts";

const BOB = "sip:bob@example.net";
const NEWS = "sip:channel.news@example.net";
const ACTIVE = "Subscription-State: active;expires=60";
const OVER = "Subscription-State: terminated;reason=noresource";
const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=message 7000 TCP/MSRP *",
  "a=accept-types:*",
  "a=sendonly",
  "a=path:msrp://127.0.0.1:7000/s1;tcp",
  "",
].join("\r\n");

let core: RawCore;
let connection: OpenFlow;
let clock: ManualClock;
let agent: UserAgent;
let msrp: MsrpListener;
let channels: Channels;
let news: Channel | undefined;
let content: (request: SipRequest) => Promise<void>;
let sequence = 1;

function notify(request: string, lines: readonly string[], type: string, body: string): void {
  core.request(
    "NOTIFY",
    BOB,
    [
      `From: <${NEWS}>;tag=core`,
      `To: ${header(request, "From")}`,
      `Call-ID: ${header(request, "Call-ID")}`,
      `CSeq: ${sequence++} NOTIFY`,
      `Content-Type: ${type}`,
      ...lines,
    ],
    body,
  );
}

beforeEach(async () => {
  core = await RawCore.listen();
  clock = new ManualClock();
  const options = { clock: systemClock, log: silentLog };
  msrp = await MsrpListener.listen({ host: "127.0.0.1", port: 0, ...options });
  connection = await openFlow({ protocol: "TCP", host: "127.0.0.1", port: core.port, timeout: 5000 }, options);
  agent = new UserAgent({
    aor: BOB,
    userAgent: "Inlet/test",
    handlers: { invite: (invite) => void channels.invited(invite) },
    clock,
    log: silentLog,
  });
  agent.connection = connection;
  channels = new Channels({
    clock,
    log: silentLog,
    msrp,
    account: BOB,
    userAgent: agent,
    lastItemAt: () => undefined,
    content: (request) => content(request),
    changed: (all) => {
      news = all.get(`${BOB} news`);
    },
  });
  connection.start({ message: (message) => agent.receive(message), closed: () => undefined }, false);
  channels.start();
  const subscribe = await core.next("SUBSCRIBE");
  core.respond(subscribe, "200 OK", ["Expires: 3600", `Contact: <sip:core@127.0.0.1:${core.port};transport=tcp>`]);
  const list = formatChannelList({
    version: 1,
    state: "full",
    aor: BOB,
    channels: [
      {
        id: "news",
        uri: NEWS,
        name: "News",
        status: "available",
        categories: [],
        contentTypes: [],
        delivery: ["push"],
      },
    ],
  });
  const state = ["Event: dcd-channels", "Subscription-State: active;expires=3600"];
  notify(subscribe, state, CHANNEL_LIST_TYPE, Buffer.from(list).toString());
  await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: \d+ NOTIFY/);
});

afterEach(async () => {
  channels.dispose();
  agent.dispose();
  connection.close();
  await msrp.close();
  await core[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

/** Joins, and is promised the channel. */
async function promised(): Promise<string> {
  const joining = channels.subscribe("news");
  const refer = await core.next("REFER");
  expect(header(refer, "Refer-To")).toBe(`<${BOB}>`);
  core.respond(refer, "202 Accepted");
  await joining;
  expect(news?.status).toBe("requested");
  return refer;
}

/** Tells what became of the REFER. */
async function fragment(refer: string, state: string, line: string): Promise<void> {
  notify(refer, ["Event: refer", state], "message/sipfrag;version=2.0", line);
  await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: \d+ NOTIFY/);
}

describe("content that is pushed in the subscription (seed 001 §5)", () => {
  const state = ["Event: dcd-channels", "Subscription-State: active;expires=3600"];
  const subscription = (): string => core.received.find((text) => text.startsWith("SUBSCRIBE")) ?? "";

  it("S1-7: is confirmed only when it is on disk", async () => {
    const stored = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<SipRequest>();
    content = (request) => {
      asked.resolve(request);
      return stored.promise;
    };
    const before = core.received.length;
    notify(subscription(), state, "text/plain", "high tide at six");
    expect(Buffer.from((await asked.promise).body).toString()).toBe("high tide at six");
    await new Promise((resolve) => setImmediate(resolve));
    expect(core.received.length).toBe(before);
    stored.resolve();
    await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: \d+ NOTIFY/);
  });

  it("is not confirmed when it cannot be kept", async () => {
    content = () => Promise.reject(new InletError("INLET_MULTIPART_INVALID"));
    notify(subscription(), state, "multipart/mixed;boundary=b", "damaged");
    await core.next(/^SIP\/2\.0 400 [\s\S]*CSeq: \d+ NOTIFY/);
  });
});

describe("joining a channel", () => {
  it("that was promised by a 202 and then refused is refused, with the reason", async () => {
    const refer = await promised();
    await fragment(refer, ACTIVE, "SIP/2.0 100 Trying");
    expect(news?.status).toBe("requested");
    await fragment(refer, OVER, "SIP/2.0 603 Decline");
    await new Promise((resolve) => setImmediate(resolve));
    expect(news).toMatchObject({ status: "refused", reason: { code: "INLET_CHANNEL_REFUSED" } });
    expect(news?.reason?.text).toContain("603 Decline");
  });

  it("that was promised and brings no invitation within 64·T1 is refused, in words", async () => {
    await promised();
    clock.advance(31_999);
    expect(news?.status).toBe("requested");
    clock.advance(1);
    expect(news).toMatchObject({ status: "refused", reason: { code: "INLET_CHANNEL_NOT_INVITED" } });
  });

  it("stands once the invitation came, whatever the REFER's NOTIFYs say or do not say after it", async () => {
    const refer = await promised();
    core.request("INVITE", BOB, [`From: <${NEWS}>;tag=n`, "Call-ID: i", "Content-Type: application/sdp"], SDP);
    const answer = await core.next("SIP/2.0 200");
    core.request("ACK", BOB, [`From: <${NEWS}>;tag=n`, `To: ${header(answer, "To")}`, "Call-ID: i"]);
    expect(news?.status).toBe("subscribed");
    await fragment(refer, ACTIVE, "SIP/2.0 100 Trying");
    clock.advance(60_000);
    expect(news?.status).toBe("subscribed");
  });

  it("that is waited for when everything is dropped is waited for no more", async () => {
    await promised();
    channels.dispose();
    clock.advance(64_000);
    expect(news?.status).toBe("requested");
  });

  it("that is refused at once is refused with the status", async () => {
    const joining = channels.subscribe("news");
    core.respond(await core.next("REFER"), "403 Forbidden");
    await expect(joining).rejects.toMatchObject({ code: "INLET_CHANNEL_REFUSED" });
    expect(news?.status).toBe("refused");
  });
});

describe("a session that is named by Target-Dialog (RFC 4538)", () => {
  const TAG = 'Accept-Contact: *;+g.oma.dcd.channel="news"';
  async function joined(): Promise<string> {
    await promised();
    core.request("INVITE", BOB, [`From: <${NEWS}>;tag=n`, "Call-ID: i", "Content-Type: application/sdp"], SDP);
    const answer = await core.next("SIP/2.0 200");
    const to = header(answer, "To") ?? "";
    core.request("ACK", BOB, [`From: <${NEWS}>;tag=n`, `To: ${to}`, "Call-ID: i"]);
    return to.slice(to.indexOf(";tag=") + 5);
  }

  it("says which channel a request is of, whoever sends it", async () => {
    const ours = await joined();
    const request = (value: string): SipRequest => ({
      kind: "request",
      method: "INVITE",
      requestUri: BOB,
      headers: [
        { name: "from", value: "<sip:elsewhere@example.net>;tag=e" },
        { name: "target-dialog", value },
      ],
      body: new Uint8Array(),
    });
    expect(channels.channelOf(request(`i;local-tag=${ours};remote-tag=n`))).toBe("news");
    expect(channels.channelOf(request(`i;local-tag=n;remote-tag=${ours}`))).toBeUndefined();
  });

  it("S0-38: and does not stand: what says that it is a channel's is answered 481", async () => {
    const ours = await joined();
    for (const target of ["gone;local-tag=a;remote-tag=b", `i;local-tag=${ours};remote-tag=other`]) {
      core.request("INVITE", BOB, [TAG, `Target-Dialog: ${target}`, "Content-Type: application/sdp"], SDP);
      expect(await core.next(/^SIP\/2\.0 [2-6][\s\S]*INVITE/)).toMatch(/^SIP\/2\.0 481/);
    }
  });

  it("cannot be read: 400", async () => {
    core.request("INVITE", BOB, [TAG, "Target-Dialog: half;local-tag=a", "Content-Type: application/sdp"], SDP);
    expect(await core.next(/^SIP\/2\.0 [2-6][\s\S]*INVITE/)).toMatch(/^SIP\/2\.0 400/);
  });
});

describe("leaving a channel without its session", () => {
  it.each<[string, string, string | undefined]>([
    ["done", "SIP/2.0 200 OK", undefined],
    ["refused on the way", "SIP/2.0 403 Forbidden", "INLET_CHANNEL_REFUSED"],
    ["ended without a final status", "SIP/2.0 100 Trying", "INLET_SIP_TIMEOUT"],
  ])("is %s as the last NOTIFY says", async (_, line, code) => {
    const leaving = channels.unsubscribe("news").then(
      () => undefined,
      (error: { code: string }) => error.code,
    );
    const refer = await core.next("REFER");
    expect(header(refer, "Refer-To")).toBe(`<${BOB};method=BYE>`);
    core.respond(refer, "200 OK");
    await fragment(refer, OVER, line);
    expect(await leaving).toBe(code);
  });

  it("is over at once where the provider wants no subscription to the REFER", async () => {
    const leaving = channels.unsubscribe("news");
    core.respond(await core.next("REFER"), "200 OK", ["Refer-Sub: false"]);
    await leaving;
    expect(news?.status).toBe("available");
  });
});
