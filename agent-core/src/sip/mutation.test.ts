/**
 * Valid messages with bits flipped, cut off, doubled, with lines swapped: nothing of it throws anything out of a user agent,
 * and when time has passed no transaction and no timer is left.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Log, ManualClock, millis } from "../kernel/index.ts";
import { type Framed, headerValue, parseDatagram, SipFramer } from "../wire/sip/index.ts";
import type { OutgoingInvite } from "./outgoing-invite.ts";
import { refuseMalformed } from "./transport/refuse-malformed.ts";
import { UserAgent } from "./user-agent.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BOB = "sip:bob@example.net";
const SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";

type Mutation = (bytes: Buffer) => Buffer;
const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);
const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const lines = (change: (all: string[]) => void): Mutation => {
  return (bytes) => {
    const all = bytes.toString("latin1").split("\r\n");
    change(all);
    return Buffer.from(all.join("\r\n"), "latin1");
  };
};
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(share, fc.nat(7)).map(([where, bit]): Mutation => {
    return (bytes) => {
      const copy = Buffer.from(bytes);
      const index = at(copy, where);
      if (copy.length > 0) copy[index] = (copy[index] ?? 0) ^ (1 << bit);
      return copy;
    };
  }),
  share.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
  fc.tuple(share, share).map(([from, to]): Mutation => {
    return (bytes) => Buffer.concat([bytes.subarray(0, at(bytes, to)), bytes.subarray(at(bytes, from))]);
  }),
  fc.tuple(fc.nat(12), fc.nat(12)).map(([a, b]) =>
    lines((all) => {
      const [first = "", second = ""] = [all[a % all.length], all[b % all.length]];
      all[a % all.length] = second;
      all[b % all.length] = first;
    }),
  ),
  fc.nat(12).map((index) => lines((all) => void all.splice(index % all.length, 1))),
  fc.nat(12).map((index) => lines((all) => void all.splice(index, 0, all[index % all.length] ?? ""))),
  fc.tuple(share, fc.constantFrom("\0", "\r", "\n", '"', "<", ",", ";", "%00", "\xff", "999999999999")).map(
    ([where, text]): Mutation =>
      (bytes) =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, where)),
          Buffer.from(text, "latin1"),
          bytes.subarray(at(bytes, where)),
        ]),
  ),
);

/** A peer that has a session with the agent and owes it an answer. */
class Bench {
  readonly clock = new ManualClock();
  readonly sent: string[] = [];
  readonly bugs: unknown[] = [];
  readonly agent: UserAgent;
  /** Ours, that the answers are to. */
  invite: OutgoingInvite | undefined;
  readonly #reliable: boolean;
  #framer = new SipFramer();
  #count = 0;

  constructor(reliable: boolean) {
    this.#reliable = reliable;
    const log: Log = (level, event, fields) => {
      if (level === "error") this.bugs.push([event, fields]);
    };
    let invites = 0;
    this.agent = new UserAgent({
      aor: BOB,
      userAgent: "Inlet/test",
      clock: this.clock,
      log,
      handlers: {
        invite: (invite) => {
          if (invites++ % 2 === 0) invite.accept({ contentType: "application/sdp", content: SDP }, {}, {});
          else {
            invite.ring();
            this.clock.after(millis(170_000), () => invite.reject(480));
          }
        },
        requests: { MESSAGE: (request) => request.respond(200) },
      },
    });
    this.agent.connection = {
      protocol: reliable ? "TCP" : "UDP",
      reliable,
      localAddress: "127.0.0.1",
      localPort: 5070,
      send: async (bytes) => void this.sent.push(Buffer.from(bytes).toString("latin1")),
    };
  }

  /** As the transports do it. */
  deliver(bytes: Buffer, cut: number): void {
    if (!this.#reliable) this.#take(parseDatagram(bytes));
    else {
      for (const piece of [bytes.subarray(0, at(bytes, cut)), bytes.subarray(at(bytes, cut))])
        for (const framed of this.#framer.push(piece)) this.#take(framed);
    }
  }

  #take(framed: Framed): void {
    if (framed.kind === "message") this.agent.receive(framed.message);
    if (framed.kind !== "malformed") return;
    refuseMalformed(framed.head, framed.error);
    if (framed.lost) this.#framer = new SipFramer();
  }

  request(method: string, extra: readonly string[] = [], body = "", to = `<${BOB}>`): Buffer {
    const branch = `z9hG4bKm${this.#count++}`;
    const head = [`${method} ${BOB} SIP/2.0`, `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=${branch}`, "Max-Forwards: 70"];
    head.push("From: <sip:ann@example.net>;tag=ann", `To: ${to}`, "Call-ID: call", `CSeq: ${this.#count} ${method}`);
    head.push("Contact: <sip:ann@127.0.0.1:5060>", ...extra, `Content-Length: ${body.length}`, "", "");
    return Buffer.from(head.join("\r\n") + body);
  }

  /** Of our own last request. */
  #answers(): (status: string, extra?: readonly string[], body?: string) => Buffer {
    const own = parseDatagram(Buffer.from(this.sent.at(-1) ?? "", "latin1"));
    if (own.kind !== "message") throw new Error("our own request cannot be read");
    const echoed = ["via", "from", "to", "call-id", "cseq"].map((name) => {
      const value = headerValue(own.message, name);
      return `${name}: ${value}${name === "to" ? ";tag=theirs" : ""}`;
    });
    return (status, extra = [], body = "") =>
      Buffer.from([`SIP/2.0 ${status}`, ...echoed, ...extra, `Content-Length: ${body.length}`, "", body].join("\r\n"));
  }

  /** What is valid now: requests inside and outside of the session, and answers to our own requests. */
  valid(): Buffer[] {
    const invite = this.request("INVITE", ["Content-Type: application/sdp", "Session-Expires: 600"], SDP);
    this.deliver(invite, 0.5);
    const to = /^To: (.*)$/m.exec(this.sent.find((text) => text.startsWith("SIP/2.0 200")) ?? "")?.[1]?.trim();
    const sdp = ["Content-Type: application/sdp"];
    void this.agent.request({ method: "OPTIONS", uri: "sip:example.net" });
    const answer = this.#answers();
    this.invite = this.agent.invite({
      uri: "sip:ann@example.net",
      body: { contentType: "application/sdp", content: SDP },
    });
    const invited = this.#answers();
    const contact = "Contact: <sip:ann@127.0.0.1:5060>";
    const reliably = ["Require: 100rel", "RSeq: 7", contact, ...sdp];
    return [
      invite,
      this.request("ACK", [], "", to),
      this.request("INVITE", sdp, SDP, to),
      this.request("UPDATE", ["Session-Expires: 90;refresher=uas", "Supported: timer"], "", to),
      this.request("NOTIFY", ["Event: reg", "Subscription-State: active;expires=60"], "", to),
      this.request("REFER", ["Refer-To: <sip:x@example.net>"], "", to),
      this.request("BYE", [], "", to),
      this.request("CANCEL"),
      this.request("MESSAGE", ["Content-Type: text/plain"], "hello"),
      this.request("OPTIONS", ["Accept-Contact: *;+g.oma.lcsi.sip-push;require;explicit", "Require: timer"]),
      this.request("INVITE", ["Content-Type: application/sdp", "Call-ID: other"], SDP),
      answer("100 Trying"),
      answer("401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256']),
      answer("200 OK", ["Supported: timer"]),
      invited("100 Trying"),
      invited("180 Ringing", [contact]),
      invited("183 Session Progress", reliably, SDP),
      invited("401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"']),
      invited("422 Session Interval Too Small", ["Min-SE: 4000"]),
      invited("486 Busy Here"),
      invited("200 OK", [contact, ...sdp, "Session-Expires: 600;refresher=uas", "Require: timer"], SDP),
    ];
  }
}

describe.each([
  ["UDP", false],
  ["TCP", true],
])("over %s", (_, reliable) => {
  it("damaged messages throw nothing out of a user agent and leave nothing behind", async () => {
    const attack = fc.record({ which: fc.nat(40), how: fc.array(mutation, { maxLength: 3 }), cut: share });
    await fc.assert(
      fc.asyncProperty(fc.array(attack, { minLength: 1, maxLength: 12 }), async (attacks) => {
        const bench = new Bench(reliable);
        const { agent, clock } = bench;
        const valid = bench.valid();
        for (const { which, how, cut } of attacks) {
          const bytes = how.reduce((b, change) => change(b), valid[which % valid.length] ?? Buffer.alloc(0));
          bench.deliver(bytes, cut);
        }
        bench.invite?.cancel();
        // Sessions with a timer end by it, since nobody refreshes them; the others stand.
        for (let step = 0; step < 120; step++) {
          clock.advance(60_000);
          await turn();
        }
        expect(bench.bugs).toEqual([]);
        expect(agent.size).toBe(agent.dialogs.size);
        agent.dispose();
        expect([agent.size, clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});
