/** Two user agents joined by a network that a test owns, with its time: sessions, losses, crossings. */
import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock, silentLog } from "../kernel/index.ts";
import { cseqOf, headerValue, parseMessage, type SipMessage } from "../wire/sip/index.ts";
import type { IncomingInvite } from "./incoming-invite.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { InviteSession } from "./invite-session.ts";
import { isLocal, makeResponse } from "./response.ts";
import type { SipFlow } from "./transport/index.ts";
import { UserAgent } from "./user-agent.ts";

const SDP = { contentType: "application/sdp", content: "v=0\r\n" };

const parse = (bytes: Uint8Array): SipMessage => {
  const buffer = Buffer.from(bytes);
  const end = buffer.indexOf("\r\n\r\n");
  return parseMessage(buffer.subarray(0, end), buffer.subarray(end + 4));
};
const nameOf = (message: SipMessage): string =>
  message.kind === "request" ? message.method : `${message.status} ${cseqOf(message).method}`;

/** What `from` sends reaches `to` in the next turn, unless `lose` says no. */
class Wire {
  readonly log: string[] = [];
  lose: (name: string, message: SipMessage) => boolean = () => false;

  flow(to: () => UserAgent, port: number, reliable: boolean): SipFlow {
    return {
      protocol: reliable ? "TCP" : "UDP",
      reliable,
      localAddress: "127.0.0.1",
      localPort: port,
      send: async (bytes) => {
        const message = parse(bytes);
        const name = nameOf(message);
        this.log.push(name);
        if (!this.lose(name, message)) queueMicrotask(() => to().receive(message));
      },
    };
  }
}

describe.each([true, false])("sessions, transport reliable: %s", (reliable) => {
  let clock: ManualClock;
  let wire: Wire;
  let caller: UserAgent;
  let called: UserAgent;
  let invites: IncomingInvite[];
  let messages: IncomingRequest[];

  /** Lets everything that is on the way arrive. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 500) {
      clock.advance(Math.min(500, ms - at));
      await settle();
    }
  };

  beforeEach(() => {
    clock = new ManualClock();
    wire = new Wire();
    invites = [];
    messages = [];
    const base = { userAgent: "Inlet/test", clock, log: silentLog };
    caller = new UserAgent({ ...base, aor: "sip:ann@example.net", handlers: {} });
    called = new UserAgent({
      ...base,
      aor: "sip:bob@example.net",
      handlers: { invite: (invite) => void invites.push(invite), requests: { MESSAGE: (m) => void messages.push(m) } },
    });
    caller.connection = wire.flow(() => called, 1, reliable);
    called.connection = wire.flow(() => caller, 2, reliable);
  });

  const call = () => caller.invite({ uri: "sip:bob@example.net", to: "sip:bob@example.net", body: SDP });

  async function established(): Promise<{ ours: InviteSession; theirs: InviteSession; events: string[] }> {
    const { result } = call();
    await settle();
    const events: string[] = [];
    const theirs = invites[0]?.accept(
      SDP,
      {},
      {
        acknowledged: () => void events.push("acknowledged"),
        ended: (how) => void events.push(how),
      },
    );
    const answer = await result;
    await settle();
    if (!answer.accepted || theirs === undefined) throw new Error("no session");
    return { ours: answer.session, theirs, events };
  }

  it("is offered, rung, accepted, acknowledged and ended, and leaves nothing", async () => {
    const { result } = call();
    await settle();
    invites[0]?.ring();
    const session = invites[0]?.accept(SDP, {}, {});
    const answer = await result;
    expect(answer.accepted && answer.session.id.remoteTag).toBe(session?.id.localTag);
    await settle();
    if (answer.accepted) answer.session.bye();
    await settle();
    expect(wire.log).toEqual(["INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]);
    await pass(40_000);
    expect([caller.size, called.size, clock.pending]).toEqual([0, 0, 0]);
  });

  it("S12: a 200 that is never acknowledged is repeated for 32 s, then the session is ended by BYE", async () => {
    wire.lose = (name) => name === "ACK";
    const { events } = await established();
    await pass(40_000);
    expect(events).toEqual(["unacknowledged"]);
    const answers = wire.log.filter((name) => name === "200 INVITE").length;
    expect(answers).toBeGreaterThan(9);
    expect(wire.log.filter((name) => name === "ACK")).toHaveLength(answers);
    expect(wire.log).toContain("BYE");
    await pass(40_000);
    expect([called.size, caller.size]).toEqual([0, 0]);
  });

  it("a reliable 180 that nobody acknowledges is refused after 32 s (RFC 3262 §3)", async () => {
    const { result } = caller.invite({
      uri: "sip:bob@example.net",
      to: "sip:bob@example.net",
      headers: [{ name: "require", value: "100rel" }],
      body: SDP,
    });
    await settle();
    let cancelled = 0;
    for (const invite of invites) invite.cancelled = () => cancelled++;
    invites[0]?.ring();
    await pass(33_000);
    expect([(await result).response.status, cancelled]).toEqual([504, 1]);
    await pass(40_000);
    expect([caller.size, called.size, clock.pending]).toEqual([0, 0, 0]);
  });

  it("our BYE waits for the ACK of our 200", async () => {
    wire.lose = (name) => name === "ACK" && wire.log.filter((n) => n === "ACK").length < 2;
    const { theirs } = await established();
    theirs.bye();
    await settle();
    expect(wire.log).not.toContain("BYE");
    await pass(1000);
    expect(wire.log.slice(-2)).toEqual(["BYE", "200 BYE"]);
  });

  it("re-INVITEs that cross are both answered 491", async () => {
    const { ours, theirs } = await established();
    ours.handle({ reinvited: () => ({ status: 200, body: SDP }) });
    theirs.handle({ reinvited: () => ({ status: 200, body: SDP }) });
    const [first, second] = await Promise.all([ours.reinvite(SDP), theirs.reinvite(SDP)]);
    expect([first.status, second.status]).toEqual([491, 491]);
    expect((await ours.reinvite(SDP)).status).toBe(200);
    await settle();
    expect((await theirs.reinvite(SDP)).status).toBe(200);
  });

  it("CANCEL before any answer waits for one, and ends in 487", async () => {
    const invite = call();
    invite.cancel();
    await settle();
    expect(wire.log).toEqual(["INVITE"]);
    let cancelled = 0;
    for (const one of invites) one.cancelled = () => cancelled++;
    invites[0]?.ring();
    await settle();
    expect((await invite.result).response.status).toBe(487);
    expect([cancelled, wire.log.includes("CANCEL")]).toEqual([1, true]);
  });

  it("a MESSAGE within a session is served as any other, not swallowed", async () => {
    const { ours } = await established();
    const { callId, localTag, remoteTag } = ours.id;
    expect(callId).not.toBe("");
    called.receive(
      parse(
        Buffer.from(
          `MESSAGE sip:x@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKm\r\nFrom: <sip:ann@example.net>;tag=${localTag}\r\nTo: <sip:bob@example.net>;tag=${remoteTag}\r\nCall-ID: ${callId}\r\nCSeq: 9 MESSAGE\r\n\r\nhello`,
        ),
      ),
    );
    expect(Buffer.from(messages[0]?.request.body ?? []).toString()).toBe("hello");
  });

  it("no answer at all is a 408 of our own, no connection a 503", async () => {
    wire.lose = () => true;
    const asked = caller.request({ method: "OPTIONS", uri: "sip:bob@example.net" });
    await pass(33_000);
    const silence = await asked;
    caller.connection = undefined;
    const cut = await caller.request({ method: "OPTIONS", uri: "sip:bob@example.net" });
    expect([silence.status, isLocal(silence), cut.status, isLocal(cut)]).toEqual([408, true, 503, true]);
  });

  describe("session timers (RFC 4028)", () => {
    const HALF = 900_000;

    it("the caller refreshes by UPDATE at half of the interval, for as long as the session stands", async () => {
      const { events } = await established();
      for (let i = 0; i < 5; i++) await pass(HALF);
      expect(wire.log.filter((name) => name === "UPDATE").length).toBeGreaterThanOrEqual(5);
      expect(wire.log.filter((name) => name === "UPDATE").length).toBe(
        wire.log.filter((name) => name === "200 UPDATE").length,
      );
      expect(events).toEqual(["acknowledged"]);
    });

    it("a session whose refresh never comes is ended by the called one, 32 s before its end", async () => {
      const { events } = await established();
      wire.lose = () => true;
      await pass(1_767_000);
      expect(events).toEqual(["acknowledged"]);
      await pass(2_000);
      expect(events).toEqual(["acknowledged", "expired"]);
    });

    it("a refresh that nobody answers ends the session on the caller's side", async () => {
      const { ours } = await established();
      wire.lose = () => true;
      await pass(HALF + 40_000);
      expect(ours.ended).toBe(true);
    });

    it("a refresh that finds no such session (481) ends it at once", async () => {
      const { ours } = await established();
      called.dialogs.clear();
      await pass(HALF + 1000);
      expect(ours.ended).toBe(true);
    });

    it("a re-INVITE refreshes too: the next UPDATE comes half an interval after it", async () => {
      const { ours, theirs } = await established();
      theirs.handle({ reinvited: () => ({ status: 200, body: SDP }) });
      await pass(HALF - 100_000);
      expect((await ours.reinvite(SDP)).status).toBe(200);
      await settle();
      await pass(HALF - 10_000);
      expect(wire.log).not.toContain("UPDATE");
      await pass(20_000);
      expect(wire.log).toContain("UPDATE");
    });

    it("an UPDATE with an offer is answered as a re-INVITE is; without a handler it is refused with 488", async () => {
      const { ours, theirs } = await established();
      theirs.handle({
        reinvited: (request) => ({ status: 200, body: { contentType: "application/sdp", content: request.body } }),
      });
      const answer = await ours.request("UPDATE", [], SDP);
      expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, SDP.content]);
      theirs.handle({});
      expect((await ours.request("UPDATE", [], SDP)).status).toBe(488);
      expect((await ours.request("UPDATE", [])).status).toBe(200);
    });

    it("422 is met with the interval that is asked for, and twice is enough", async () => {
      const asked: string[] = [];
      called.receive = (message) => {
        if (message.kind !== "request" || message.method === "ACK") return;
        asked.push(headerValue(message, "session-expires") ?? "");
        const refusal = makeResponse(message, 422, "t", {
          headers: [{ name: "min-se", value: `${2000 + asked.length}` }],
        });
        queueMicrotask(() => caller.receive(refusal));
      };
      const { response } = await call().result;
      expect(response.status).toBe(422);
      expect(asked).toEqual(["1800;refresher=uac", "2001;refresher=uac", "2002;refresher=uac"]);
    });
  });

  if (!reliable) {
    it("T7: half of all messages lost, the session still comes about and ends once", async () => {
      let n = 0;
      wire.lose = () => n++ % 2 === 0;
      const { result } = call();
      await pass(4000);
      expect(invites).toHaveLength(1);
      const ended: string[] = [];
      invites[0]?.accept(SDP, {}, { ended: (how) => void ended.push(how) });
      await pass(8000);
      const answer = await result;
      if (answer.accepted) answer.session.bye();
      await pass(40_000);
      expect(ended).toEqual(["bye"]);
      expect([caller.size, called.size, clock.pending]).toEqual([0, 0, 0]);
    });
  }
});
