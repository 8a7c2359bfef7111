/** A user agent against a core written by hand: what a peer sends ends at most its own transaction. */
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock, silentLog } from "../kernel/index.ts";
import { header, headers, type RawCore } from "../testing/index.ts";
import type { IncomingInvite } from "./incoming-invite.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { InviteSession } from "./invite-session.ts";
import { type AgentAtCore, agentAtCore, BOB } from "./testing.ts";
import { openFlow } from "./transport/index.ts";
import { UserAgent } from "./user-agent.ts";

const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
const ANSWER = { contentType: "application/sdp", content: SDP };

describe("a user agent", () => {
  let core: RawCore;
  let side: AgentAtCore;
  let agent: UserAgent;
  const invites: IncomingInvite[] = [];
  const messages: IncomingRequest[] = [];

  beforeEach(async () => {
    side = await agentAtCore({
      contactFeatures: ";+g.oma.lcsi.sip-push",
      handlers: {
        invite: (invite) => void invites.push(invite),
        requests: { MESSAGE: (request) => void messages.push(request) },
      },
    });
    ({ core, agent } = side);
  });

  afterEach(async () => {
    await side[Symbol.asyncDispose]();
    invites.length = 0;
    messages.length = 0;
  });

  /** Everything still works: a MESSAGE is taken and answered. */
  async function alive(): Promise<void> {
    const before = messages.length;
    core.request("MESSAGE", BOB, ["Content-Type: text/plain"], "hello");
    while (messages.length === before) await new Promise((resolve) => setImmediate(resolve));
    messages.at(-1)?.respond(200);
    await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 1 MESSAGE/);
  }

  async function established(
    lines: readonly string[] = [],
  ): Promise<{ session: InviteSession; answer: string; ended: string[] }> {
    core.request("INVITE", BOB, ["Call-ID: call", ...lines, "Content-Type: application/sdp"], SDP);
    const ended: string[] = [];
    while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const session = invites[0]?.accept(ANSWER, {}, { ended: (how) => void ended.push(how) });
    if (session === undefined) throw new Error("no session");
    return { session, answer: await core.next("SIP/2.0 200"), ended };
  }

  const inDialog = (answer: string): string[] => [`To: ${header(answer, "To")}`, "Call-ID: call"];
  const contactOf = (answer: string): string => /<([^>]+)>/.exec(header(answer, "Contact") ?? "")?.[1] ?? "";

  describe("is not ended by what a peer sends (SIP.js kills the process at each)", () => {
    it.each<[string, string, string, readonly string[], string, RegExp | undefined]>([
      ["a tel: Request-URI", "INVITE", "tel:+1-201-555-0123", [], "", /^SIP\/2\.0 416/],
      ["an unknown scheme", "MESSAGE", "nobodyKnowsThisScheme:x", [], "", /^SIP\/2\.0 416/],
      ["PRACK outside a dialog", "PRACK", BOB, ["RAck: 1 1 INVITE"], "", /^SIP\/2\.0 481/],
      ["PRACK in a dialog nobody knows", "PRACK", BOB, ["To: <sip:bob@example.net>;tag=x"], "", /^SIP\/2\.0 481/],
      ["UPDATE outside a dialog", "UPDATE", BOB, [], "", /^SIP\/2\.0 481/],
      ["UPDATE in a dialog nobody knows", "UPDATE", BOB, ["To: <sip:bob@example.net>;tag=x"], "", /^SIP\/2\.0 481/],
      ["S26: an unknown method", "NEWMETHOD", BOB, [], "", /^SIP\/2\.0 501[\s\S]*^Allow: /m],
      ["CANCEL of nothing", "CANCEL", BOB, [], "", /^SIP\/2\.0 481/],
      ["BYE of nothing", "BYE", BOB, ["To: <sip:bob@example.net>;tag=x"], "", /^SIP\/2\.0 481/],
      [
        "S21: NOTIFY nobody asked for",
        "NOTIFY",
        BOB,
        ["Event: reg", "Subscription-State: active"],
        "",
        /^SIP\/2\.0 481/,
      ],
      [
        "S26: an unknown Require",
        "INVITE",
        BOB,
        ["Require: nothingSupportsThis, timer"],
        "",
        /^SIP\/2\.0 420[\s\S]*^Unsupported: nothingsupportsthis\r$/m,
      ],
      ["INVITE with a tel: Contact", "INVITE", BOB, ["Contact: <tel:+1>"], "", /^SIP\/2\.0 400/],
      ["INVITE with a broken Contact", "INVITE", BOB, ["Contact: <sip:x"], "", /^SIP\/2\.0 400/],
      ["REFER that nobody handles", "REFER", BOB, ["Refer-To: <sip:x@h>"], "", /^SIP\/2\.0 405/],
      [
        "an offer of another type",
        "INVITE",
        BOB,
        ["Content-Type: text/plain"],
        "hello",
        /^SIP\/2\.0 415[\s\S]*^Accept: application\/sdp, /m,
      ],
      [
        "a coded body",
        "MESSAGE",
        BOB,
        ["Content-Type: text/plain", "Content-Encoding: gzip"],
        "x",
        /^SIP\/2\.0 415[\s\S]*^Accept-Encoding: identity\r$/m,
      ],
      ["ACK of nothing", "ACK", BOB, ["To: <sip:bob@example.net>;tag=x"], "", undefined],
    ])("%s", async (_, method, uri, lines, body, answer) => {
      core.request(method, uri, lines, body);
      if (answer !== undefined) expect(await core.next("SIP/2.0")).toMatch(answer);
      await alive();
    });

    it("a tel: From, which only names somebody", async () => {
      core.request("MESSAGE", BOB, ["From: <tel:+1-201-555-0123>;tag=t"], "");
      while (messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
      messages[0]?.respond(200);
      expect(await core.next("SIP/2.0 200")).toMatch(/^From: <tel:\+1-201-555-0123>;tag=t/m);
    });

    it("an INVITE whose body has no Content-Type", async () => {
      core.request("INVITE", BOB, [], SDP);
      while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
      invites[0]?.reject(415);
      await core.next("SIP/2.0 415");
      await alive();
    });

    it("a response to nothing, with a bad CSeq, or with another method", async () => {
      for (const cseq of ["1 INVITE", "x", "99999999999 REGISTER"]) {
        core.send(
          `SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: ${cseq}\r\nContent-Length: 0\r\n\r\n`,
        );
      }
      await alive();
    });

    it("a BYE before the ACK of its 200, and no ACK ever", async () => {
      const { answer, ended } = await established();
      core.request("BYE", contactOf(answer), [...inDialog(answer), "CSeq: 2 BYE"]);
      await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
      expect(ended).toEqual(["bye"]);
      await alive();
    });
  });

  it("a message that cannot be understood is answered with what is wrong, and the next one is served", async () => {
    core.request("MESSAGE", BOB, ["CSeq: 1 OPTIONS"], "");
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 400 Bad Request \(CSeq method differs\)/);
    core.send(
      "MESSAGE sip:bob@example.net SIP/7.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKv\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
    );
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 505/);
    await alive();
  });

  it("framing that is lost is answered and closes the connection", async () => {
    core.request("MESSAGE", BOB, ["Content-Length: 3", "l: 5"], "abc");
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 400 Bad Request \(two values\)/);
    await core.disconnected();
  });

  it("S10: a repeated INVITE is one INVITE, and is answered as the first was", async () => {
    const lines = ["Via: SIP/2.0/TCP h;branch=z9hG4bKsame", "Call-ID: call", "Content-Type: application/sdp"];
    for (let i = 0; i < 3; i++) core.request("INVITE", BOB, lines, SDP);
    while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
    invites[0]?.ring();
    await core.next("SIP/2.0 180");
    await alive();
    expect(invites).toHaveLength(1);
  });

  it("two requests of one branch but different methods are two transactions", async () => {
    const { answer } = await established(["Via: SIP/2.0/TCP h;branch=z9hG4bKsame"]);
    core.request("ACK", contactOf(answer), [...inDialog(answer), "Via: SIP/2.0/TCP h;branch=z9hG4bKsame"]);
    core.request("BYE", contactOf(answer), [
      ...inDialog(answer),
      "Via: SIP/2.0/TCP h;branch=z9hG4bKsame",
      "CSeq: 2 BYE",
    ]);
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
  });

  it("S11: CANCEL is answered 200, its INVITE 487", async () => {
    const lines = ["Via: SIP/2.0/TCP h;branch=z9hG4bKc", "Call-ID: call"];
    core.request("INVITE", BOB, [...lines, "Content-Type: application/sdp"], SDP);
    while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
    let cancelled = 0;
    for (const invite of invites) invite.cancelled = () => cancelled++;
    core.request("CANCEL", BOB, lines);
    const answers = [await core.next("SIP/2.0"), await core.next("SIP/2.0")].map((text) => text.slice(8, 11)).sort();
    expect(answers).toEqual(["200", "487"]);
    expect(cancelled).toBe(1);
    invites[0]?.reject(603);
  });

  it("a second INVITE before the first is answered may come again later (RFC 3261 §14.2)", async () => {
    core.request("INVITE", BOB, ["Call-ID: call", "Content-Type: application/sdp"], SDP);
    while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
    invites[0]?.ring();
    const to = `To: ${header(await core.next("SIP/2.0 180"), "To")}`;
    const again = ["Call-ID: call", to, "CSeq: 2 INVITE", "Content-Type: application/sdp"];
    core.request("INVITE", BOB, again, SDP);
    const refused = await core.next(/^SIP\/2\.0 [2-6]/);
    expect(refused).toMatch(/^SIP\/2\.0 500/);
    expect(header(refused, "Retry-After")).toMatch(/^\d$/);
    expect(invites).toHaveLength(1);
    invites[0]?.reject(603);
    expect(await core.next("SIP/2.0 603")).toMatch(/^CSeq: 1 INVITE/m);
  });

  describe("rung reliably where that is required (RFC 3262)", () => {
    async function rung(): Promise<{ answer: string; to: string[] }> {
      core.request("INVITE", BOB, ["Call-ID: call", "Require: 100rel", "Content-Type: application/sdp"], SDP);
      while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
      invites[0]?.ring();
      const answer = await core.next("SIP/2.0 180");
      return { answer, to: [`To: ${header(answer, "To")}`, "Call-ID: call"] };
    }

    it("the 180 comes again until its PRACK, which is answered; the session then stands", async () => {
      const { answer, to } = await rung();
      expect(header(answer, "Require")).toBe("100rel");
      expect(await core.next("SIP/2.0 180")).toBe(answer);
      core.request("PRACK", contactOf(answer), [...to, "CSeq: 2 PRACK", `RAck: ${header(answer, "RSeq")} 1 INVITE`]);
      await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 PRACK/);
      core.request("PRACK", contactOf(answer), [...to, "CSeq: 3 PRACK", "RAck: 1 1 INVITE"]);
      await core.next(/^SIP\/2\.0 481 [\s\S]*CSeq: 3 PRACK/);
      const session = invites[0]?.accept(ANSWER, {}, {});
      const accepted = await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 1 INVITE/);
      core.request("ACK", contactOf(accepted), [...to, "CSeq: 1 ACK"]);
      core.request("BYE", contactOf(accepted), [...to, "CSeq: 4 BYE"]);
      await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 4 BYE/);
      expect(session?.ended).toBe(true);
    });

    it("BYE ends what only rings, and the INVITE is answered 487", async () => {
      const { answer, to } = await rung();
      let cancelled = 0;
      for (const invite of invites) invite.cancelled = () => cancelled++;
      core.request("BYE", contactOf(answer), [...to, "CSeq: 2 BYE"]);
      await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
      await core.next(/^SIP\/2\.0 487 [\s\S]*CSeq: 1 INVITE/);
      expect(cancelled).toBe(1);
    });
  });

  it("our BYE waits for the ACK, and goes to the peer's Contact", async () => {
    const { session, answer } = await established();
    session.bye();
    core.request("ACK", contactOf(answer), inDialog(answer));
    expect(await core.next("BYE")).toMatch(new RegExp(`^BYE sip:core@127\\.0\\.0\\.1:${core.port};transport=tcp SIP`));
  });

  it("a re-INVITE is answered by the session, with our Contact", async () => {
    const { session, answer } = await established();
    session.handle({ reinvited: () => ({ status: 200, body: ANSWER }) });
    core.request("ACK", contactOf(answer), inDialog(answer));
    core.request(
      "INVITE",
      contactOf(answer),
      [...inDialog(answer), "CSeq: 2 INVITE", "Content-Type: application/sdp"],
      SDP,
    );
    const second = await core.next("SIP/2.0 200");
    expect(headers(second, "Contact")).toHaveLength(1);
    expect(second).toMatch(/\r\n\r\nv=0/);
    core.request("INVITE", contactOf(answer), [...inDialog(answer), "CSeq: 3 INVITE"], "");
    expect(await core.next("SIP/2.0 500")).toMatch(/Retry-After/);
  });

  it("S26: OPTIONS says what is taken", async () => {
    core.request("OPTIONS", BOB);
    const answer = await core.next("SIP/2.0 200");
    expect(header(answer, "Allow")).toBe("INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, MESSAGE, NOTIFY, OPTIONS");
    expect(header(answer, "Accept")).toContain("application/sdp");
  });

  it("Allow names REFER and the like where there is a handler for them, and only there", async () => {
    const handlers = { refer: () => undefined, requests: { INFO: () => undefined } };
    const other = new UserAgent({ ...agent.options, handlers });
    expect(other.allow.value).toBe("INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER, NOTIFY, OPTIONS");
    other.dispose();
  });

  it("an offer beside which stands what need not be understood, or in a multipart of any kind, is looked at", async () => {
    const odd = ["Content-Type: application/x-y", "Content-Disposition: render;handling=optional"];
    for (const lines of [odd, ["Content-Type: multipart/alternative;boundary=b"]]) {
      core.request("INVITE", BOB, lines, "--b--");
      while (invites.length === 0) await new Promise((resolve) => setImmediate(resolve));
      invites.pop()?.reject(488);
      expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 488/);
    }
  });

  it("S1-5: a request that requires another service is refused with 480, and one for ours is served", async () => {
    const asked = (value: string): void =>
      core.request("MESSAGE", BOB, [`Accept-Contact: ${value}`, "Content-Type: text/plain"], "x");
    asked("*;+g.oma.other;require;explicit");
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 480/);
    expect(messages).toHaveLength(0);
    asked("*;+g.oma.lcsi.sip-push;require;explicit");
    while (messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
    messages[0]?.respond(200);
    await core.next("SIP/2.0 200");
  });

  it("keep-alives are answered, and ours are sent", async () => {
    const [socket] = core.sockets();
    if (socket === undefined) throw new Error("no connection");
    const pong = once(socket, "data");
    core.send("\r\n\r\n");
    expect(`${(await pong)[0]}`).toBe("\r\n");
    const clock = new ManualClock();
    const other = await openFlow(
      { protocol: "TCP", host: "127.0.0.1", port: core.port, timeout: 5000 },
      { clock, log: silentLog },
    );
    other.start({ message: () => undefined, closed: () => undefined }, true);
    const ping = core.next("\r\n\r\n");
    clock.advance(120_000);
    await ping;
    other.close();
    expect(clock.pending).toBe(0);
  });

  it("after dispose no timer and no transaction is left", async () => {
    await established();
    expect(agent.size).toBeGreaterThan(0);
    agent.dispose();
    expect(agent.size).toBe(0);
  });
});
