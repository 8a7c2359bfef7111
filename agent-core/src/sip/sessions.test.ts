/** Two user agents joined by a network that a test owns, with its time: sessions, losses, crossings. */
import { beforeEach, describe, expect, it } from "vitest";
import { LIMITS, ManualClock, silentLog } from "../kernel/index.ts";
import {
  cseqOf,
  type Header,
  headerValue,
  parseMessage,
  type SipMessage,
  type SipRequest,
  toOf,
} from "../wire/sip/index.ts";
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

  const callReliably = () =>
    caller.invite({
      uri: "sip:bob@example.net",
      to: "sip:bob@example.net",
      headers: [{ name: "require", value: "100rel" }],
      body: SDP,
    });

  it("a reliable 180 is acknowledged by one PRACK, and what follows counts on from it (RFC 3262)", async () => {
    wire.lose = (name) => name === "180 INVITE" && wire.log.filter((one) => one === name).length === 1;
    const { result } = callReliably();
    await settle();
    invites[0]?.ring();
    await pass(600);
    expect(wire.log.slice(-3)).toEqual(["180 INVITE", "PRACK", "200 PRACK"]);
    await pass(40_000);
    expect(wire.log.filter((name) => name === "PRACK")).toHaveLength(1);
    const before = wire.log.length;
    const ended: string[] = [];
    invites[0]?.accept(SDP, {}, { ended: (how) => void ended.push(how) });
    const answer = await result;
    await settle();
    if (answer.accepted) answer.session.bye();
    await settle();
    expect(wire.log.slice(before)).toEqual(["200 INVITE", "ACK", "BYE", "200 BYE"]);
    expect(ended).toEqual(["bye"]);
    await pass(40_000);
    expect([caller.size, called.size, clock.pending]).toEqual([0, 0, 0]);
  });

  it("a PRACK that crosses the 200 is answered, and the session stands", async () => {
    const { result } = callReliably();
    await settle();
    invites[0]?.ring();
    const session = invites[0]?.accept(SDP, {}, {});
    const answer = await result;
    await settle();
    expect(wire.log).toEqual(["INVITE", "180 INVITE", "200 INVITE", "PRACK", "ACK", "200 PRACK"]);
    expect([answer.accepted, session?.ended]).toEqual([true, false]);
  });

  it("an answer that came ahead in a reliable 183 counts where the 200 has none; out of order ones wait", async () => {
    const pracks: string[] = [];
    const answer = (request: SipRequest, status: number, headers: readonly Header[], body = ""): void => {
      const contact = { name: "contact", value: "<sip:bob@127.0.0.1:2>" };
      const more = { headers: [contact, ...headers], body: Buffer.from(body) };
      queueMicrotask(() => caller.receive(makeResponse(request, status, "t", more)));
    };
    const reliable = (rseq: number): Header[] => [
      { name: "require", value: "100rel" },
      { name: "rseq", value: `${rseq}` },
      { name: "content-type", value: "application/sdp" },
    ];
    called.receive = (message) => {
      if (message.kind !== "request") return;
      if (message.method === "INVITE") {
        answer(message, 183, reliable(7), "first");
        answer(message, 183, reliable(9), "third");
        answer(message, 183, reliable(8), "second");
        answer(message, 183, reliable(8), "second");
        answer(message, 200, []);
      } else if (message.method === "PRACK") pracks.push(`${headerValue(message, "rack")}, ${cseqOf(message).number}`);
    };
    const { response, accepted } = await call().result;
    await settle();
    expect(pracks.slice(0, 2)).toEqual(["7 1 INVITE, 2", "8 1 INVITE, 3"]);
    expect(new Set(pracks).size).toBe(2);
    expect([accepted, Buffer.from(response.body).toString()]).toEqual([true, "first"]);
    expect(headerValue(response, "content-type")).toBe("application/sdp");
  });

  it("sipEarlyDialogs: one INVITE opens so many early dialogs and no more; the answer is still taken", async () => {
    called.receive = (message) => {
      if (message.kind !== "request" || message.method !== "INVITE") return;
      const headers = [{ name: "contact", value: "<sip:bob@127.0.0.1:2>" }];
      for (let n = 0; n < 3 * LIMITS.sipEarlyDialogs; n++)
        queueMicrotask(() => caller.receive(makeResponse(message, 180, `t${n}`, { headers })));
    };
    const invite = call();
    await settle();
    expect(caller.dialogs.size).toBe(LIMITS.sipEarlyDialogs);
    called.receive = () => undefined;
    invite.cancel();
    await pass(100_000);
    expect(caller.dialogs.size).toBe(0);
  });

  it("where two accept, both are acknowledged and the later one hears BYE (RFC 3261 §13.2.2.4)", async () => {
    const heard: string[] = [];
    called.receive = (message) => {
      if (message.kind !== "request") return;
      heard.push(`${message.method} ${toOf(message).parameters.get("tag") ?? ""}`.trim());
      if (message.method !== "INVITE") return;
      for (const tag of ["one", "two"]) {
        const contact = { name: "contact", value: `<sip:${tag}@127.0.0.1:2>` };
        queueMicrotask(() => caller.receive(makeResponse(message, 200, tag, { headers: [contact] })));
      }
    };
    const answer = await call().result;
    await settle();
    expect(heard).toEqual(["INVITE", "ACK one", "ACK two", "BYE two"]);
    expect(answer.accepted && answer.session.id.remoteTag).toBe("one");
    expect(answer.accepted && answer.session.identity).toBe("sip:one@127.0.0.1:2");
  });

  it("a reliable 180 that nobody acknowledges is refused after 32 s (RFC 3262 §3)", async () => {
    wire.lose = (name) => name === "PRACK";
    const { result } = callReliably();
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

  it("re-INVITEs that cross are answered 491, and each goes out again when the other is through", async () => {
    const { ours, theirs } = await established();
    ours.handle({ reinvited: () => ({ status: 200, body: SDP }) });
    theirs.handle({ reinvited: () => ({ status: 200, body: SDP }) });
    const both = Promise.all([ours.reinvite(() => SDP), theirs.reinvite(() => SDP)]);
    await settle();
    expect(wire.log.slice(3).sort()).toEqual(["491 INVITE", "491 INVITE", "ACK", "ACK", "INVITE", "INVITE"].sort());
    await pass(4500);
    expect((await both).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("re-INVITEs of one side go out one after the other, each with what stands then", async () => {
    const { ours, theirs } = await established();
    let answered = 0;
    theirs.handle({ reinvited: () => ({ status: 200, body: { ...SDP, content: `v=${answered++}\r\n` } }) });
    const offers: number[] = [];
    const offer = () => {
      offers.push(answered);
      return SDP;
    };
    const both = Promise.all([ours.reinvite(offer), ours.reinvite(offer)]);
    await pass(4500);
    expect((await both).map(({ status }) => status)).toEqual([200, 200]);
    expect(offers).toEqual([0, 1]);
  });

  it("one that waits when the session ends is over, and leaves no timer", async () => {
    const { ours, theirs } = await established();
    theirs.handle({ reinvited: () => ({ status: 491 }) });
    const waiting = ours.reinvite(() => SDP);
    await settle();
    theirs.bye();
    await settle();
    expect((await waiting).status).toBe(481);
    await pass(40_000);
    expect([caller.size, called.size, clock.pending]).toEqual([0, 0, 0]);
  });

  it("an UPDATE or re-INVITE that finds no such session (481) ends ours", async () => {
    const { ours } = await established();
    const ended: string[] = [];
    ours.handle({ ended: (how) => void ended.push(how) });
    called.dialogs.clear();
    await ours.update(() => SDP);
    expect([ours.ended, ended]).toEqual([true, ["bye"]]);
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

  it("an INVITE whose CANCEL is answered but which is never ended is over after 64·T1 (RFC 3261 §9.1)", async () => {
    called.receive = (message) => {
      if (message.kind !== "request") return;
      const status = message.method === "INVITE" ? 180 : 200;
      queueMicrotask(() => caller.receive(makeResponse(message, status, "t")));
      if (message.method === "CANCEL") called.receive = () => undefined;
    };
    const invite = call();
    await settle();
    invite.cancel();
    await pass(31_900);
    expect(caller.size).toBeGreaterThan(0);
    await pass(100);
    const { accepted, response } = await invite.result;
    expect([accepted, response.status, isLocal(response)]).toEqual([false, 408, true]);
    expect([caller.size, clock.pending]).toEqual([0, 0]);
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
      expect((await ours.reinvite(() => SDP)).status).toBe(200);
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
      const answer = await ours.update(() => SDP);
      expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, SDP.content]);
      theirs.handle({});
      expect((await ours.update(() => SDP)).status).toBe(488);
      expect((await ours.update()).status).toBe(200);
    });

    it("a peer that takes no UPDATE is refreshed by a re-INVITE that repeats what was offered", async () => {
      const { ours, theirs } = await established();
      const offers: string[] = [];
      theirs.handle({
        reinvited: ({ body }) => {
          offers.push(Buffer.from(body).toString());
          return { status: 200, body: SDP };
        },
      });
      const receive = called.receive.bind(called);
      called.receive = (message) => {
        if (message.kind === "request" && message.method === "UPDATE") {
          queueMicrotask(() => caller.receive(makeResponse(message, 405, "t", { headers: [] })));
        } else receive(message);
      };
      for (let i = 0; i < 3; i++) await pass(HALF + 1000);
      expect(offers).toEqual([SDP.content, SDP.content, SDP.content]);
      expect(wire.log.filter((name) => name === "UPDATE")).toHaveLength(1);
      expect(ours.ended).toBe(false);
    });

    it("a re-INVITE of the called one keeps who refreshes, seen from the other end", async () => {
      const { ours, theirs } = await established();
      const asked: (string | undefined)[] = [];
      ours.handle({
        reinvited: (request) => {
          asked.push(headerValue(request, "session-expires"));
          return { status: 200, body: SDP };
        },
      });
      expect((await theirs.reinvite(() => SDP)).status).toBe(200);
      await settle();
      expect(asked).toEqual(["1800;refresher=uas"]);
      await pass(HALF + 1000);
      expect(wire.log.filter((name) => name === "UPDATE")).toHaveLength(1);
    });

    it("an interval that is too small is refused before anything is changed", async () => {
      const { ours, theirs } = await established();
      let asked = 0;
      theirs.handle({
        reinvited: () => {
          asked++;
          return { status: 200, body: SDP };
        },
      });
      const headers = [
        { name: "session-expires", value: "60" },
        { name: "supported", value: "timer" },
      ];
      const answer = await ours.request("UPDATE", headers, SDP);
      expect([answer.status, headerValue(answer, "min-se"), asked]).toEqual([422, "90", 0]);
    });

    it("422 is met with the interval that is asked for, and twice is enough", async () => {
      const asked: string[] = [];
      called.receive = (message) => {
        if (message.kind !== "request" || message.method === "ACK") return;
        asked.push(`${headerValue(message, "session-expires")}, ${headerValue(message, "min-se")}`);
        const refusal = makeResponse(message, 422, "t", {
          headers: [{ name: "min-se", value: `${2000 + asked.length}` }],
        });
        queueMicrotask(() => caller.receive(refusal));
      };
      const { response } = await call().result;
      expect(response.status).toBe(422);
      expect(asked).toEqual(["1800;refresher=uac, undefined", "2001;refresher=uac, 2001", "2002;refresher=uac, 2002"]);
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
