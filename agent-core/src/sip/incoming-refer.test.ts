/** REFERs from a referrer written by hand. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog, systemClock } from "../kernel/index.ts";
import { header, RawCore } from "../testing/index.ts";
import type { IncomingRefer } from "./incoming-refer.ts";
import { type OpenFlow, openFlow } from "./transport/index.ts";
import { UserAgent } from "./user-agent.ts";
import type { UserAgentHandlers } from "./user-agent-server.ts";

const BOB = "sip:bob@example.net";
const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

let core: RawCore;
let connection: OpenFlow;
let agent: UserAgent;
let refers: IncomingRefer[];

function serve(handlers: UserAgentHandlers): void {
  agent = new UserAgent({
    aor: BOB,
    userAgent: "Inlet/test",
    handlers: {
      invite: (invite) => void invite.accept({ contentType: "application/sdp", content: SDP }, {}, {}),
      ...handlers,
    },
    clock: systemClock,
    log: silentLog,
  });
  agent.connection = connection;
}

beforeEach(async () => {
  core = await RawCore.listen();
  const options = { clock: systemClock, log: silentLog };
  connection = await openFlow({ protocol: "TCP", host: "127.0.0.1", port: core.port, timeout: 5000 }, options);
  connection.start({ message: (message) => agent.receive(message), closed: () => undefined }, false);
  refers = [];
  serve({ refer: (refer) => void refers.push(refer) });
});

afterEach(async () => {
  agent.dispose();
  connection.close();
  await core[Symbol.asyncDispose]();
});

async function arrived(): Promise<IncomingRefer> {
  while (refers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const refer = refers.shift();
  if (refer === undefined) throw new Error("no REFER");
  return refer;
}

/** What we have sent besides answers. */
const requests = (): string[] => core.received.filter((text) => !text.startsWith("SIP/2.0"));

/** A session with us: what requests in it carry. */
async function session(): Promise<string[]> {
  core.request("INVITE", BOB, ["Call-ID: call", "Content-Type: application/sdp"], SDP);
  const answer = await core.next("SIP/2.0 200");
  const lines = [`To: ${header(answer, "To")}`, "Call-ID: call"];
  core.request("ACK", BOB, lines);
  return lines;
}

describe("a REFER that is received", () => {
  it.each<[string, readonly string[]]>([
    ["no Refer-To", []],
    ["two Refer-To", ["Refer-To: <sip:a@h>", "r: <sip:b@h>"]],
    ["two in one Refer-To", ["Refer-To: <sip:a@h>, <sip:b@h>"]],
    ["a Refer-To that is none", ["Refer-To: <sip:a@h"]],
    ["a method that is none", ['Refer-To: <sip:a@h;method="x y">']],
  ])("with %s is answered 400 and nobody is asked", async (_, lines) => {
    core.request("REFER", BOB, lines);
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 400/);
    expect(refers).toEqual([]);
  });

  it.each([
    ["<sip:a@h;method=BYE>", "BYE"],
    ["<sip:a@h;method=bye>;method=INFO", "BYE"],
    ["<sip:a@h>;method=BYE", "INVITE"],
    ["sip:a@h;method=BYE", "INVITE"],
    ['"x;method=BYE" <sip:a@h>', "INVITE"],
    ["<sip:a@h?method=BYE>", "INVITE"],
  ])("to %s asks for %s: a method counts inside the brackets alone", async (value, method) => {
    core.request("REFER", BOB, [`Refer-To: ${value}`]);
    const refer = await arrived();
    expect([refer.to.method, refer.session]).toEqual([method, undefined]);
    refer.reject();
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 603/);
  });

  it("is never followed by itself, in a session or outside", async () => {
    serve({});
    const lines = await session();
    for (const [cseq, more] of [
      [2, lines],
      [3, []],
    ] as const) {
      core.request("REFER", BOB, [...more, `CSeq: ${cseq} REFER`, "Refer-To: <sip:x@127.0.0.1:9>"]);
      expect(await core.next(/CSeq: \d+ REFER/)).toMatch(/^SIP\/2\.0 405[\s\S]*^Allow: /m);
    }
    expect(requests()).toEqual([]);
  });

  it("is accepted: 200 along the recorded route, 100 at once, then what became of it, and no more", async () => {
    core.request("REFER", BOB, ["Refer-To: <sip:a@h>", "Referred-By: <sip:ann@h>", "Record-Route: <sip:127.0.0.1;lr>"]);
    const refer = await arrived();
    expect(refer.to.referredBy).toBe("<sip:ann@h>");
    const progress = refer.accept();
    const answer = await core.next("SIP/2.0 200");
    expect([header(answer, "Record-Route"), header(answer, "Contact") === undefined]).toEqual([
      "<sip:127.0.0.1;lr>",
      false,
    ]);
    const first = await core.next("NOTIFY");
    expect(first).toMatch(/\r\n\r\nSIP\/2\.0 100 Trying\r\n$/);
    expect([header(first, "Event"), header(first, "Subscription-State"), header(first, "Route")]).toEqual([
      "refer",
      "active;expires=180",
      "<sip:127.0.0.1;lr>",
    ]);
    core.respond(first, "200 OK");
    progress.tell(180);
    const second = await core.next("NOTIFY");
    expect(second).toMatch(/SIP\/2\.0 180 /);
    core.respond(second, "200 OK");
    progress.tell(486);
    const last = await core.next("NOTIFY");
    expect([header(last, "Subscription-State"), header(last, "Content-Type")]).toEqual([
      "terminated;reason=noresource",
      "message/sipfrag;version=2.0",
    ]);
    expect(last).toMatch(/SIP\/2\.0 486 Busy Here/);
    core.respond(last, "200 OK");
    progress.tell(200);
    core.request("OPTIONS", BOB);
    await core.next(/^SIP\/2\.0 200 [\s\S]*OPTIONS/);
    expect(requests()).toHaveLength(3);
  });

  it("with Refer-Sub: false is answered so, and nothing is told", async () => {
    core.request("REFER", BOB, ["Refer-To: <sip:a@h>", "Refer-Sub: false", "Supported: norefersub"]);
    (await arrived()).accept().tell(200);
    expect(header(await core.next("SIP/2.0 200"), "Refer-Sub")).toBe("false");
    core.request("OPTIONS", BOB);
    await core.next(/^SIP\/2\.0 200 [\s\S]*OPTIONS/);
    expect(requests()).toEqual([]);
  });

  it("in a session is told in its dialog under the CSeq of the REFER, and the session goes on", async () => {
    const lines = await session();
    core.request("REFER", BOB, [...lines, "CSeq: 7 REFER", "Refer-To: <sip:a@h;method=BYE>"]);
    const refer = await arrived();
    expect(refer.session).toBeDefined();
    const progress = refer.accept();
    const first = await core.next("NOTIFY");
    expect([header(first, "Event"), header(first, "Call-ID")]).toEqual(["refer;id=7", "call"]);
    core.respond(first, "200 OK");
    progress.tell(200);
    const last = await core.next("NOTIFY");
    expect([header(last, "CSeq"), header(last, "Subscription-State")]).toEqual([
      "2 NOTIFY",
      "terminated;reason=noresource",
    ]);
    core.respond(last, "200 OK");
    core.request("BYE", BOB, [...lines, "CSeq: 8 BYE"]);
    expect(await core.next(/CSeq: 8 BYE/)).toMatch(/^SIP\/2\.0 200/);
  });
});
