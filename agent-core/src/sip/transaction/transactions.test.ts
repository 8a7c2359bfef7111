import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { LIMITS, ManualClock } from "../../kernel/index.ts";
import {
  headerValue,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  topVia,
} from "../../wire/sip/index.ts";
import { makeResponse } from "../response.ts";
import { type ServerTransaction, TransactionLayer } from "./index.ts";
import { type InviteClientState, stepInviteClient } from "./invite-client.ts";
import { type InviteServerState, stepInviteServer } from "./invite-server.ts";
import type { ClientInput, ServerInput, TransactionStep } from "./machine.ts";
import { type NonInviteClientState, stepNonInviteClient } from "./non-invite-client.ts";
import { type NonInviteServerState, stepNonInviteServer } from "./non-invite-server.ts";

/** One line a cell: the state that follows, then the effects. */
const shown = <S extends { readonly name: string }>({ state, effects }: TransactionStep<S>): string =>
  [
    state.name,
    ...effects.map((e) => (e.type === "arm" ? `${e.timer}=${e.after}` : e.type === "disarm" ? `-${e.timer}` : e.type)),
  ].join(" ");

const CLIENT_INPUTS: Record<string, ClientInput> = {
  start: { type: "start" },
  "100": { type: "response", status: 100 },
  "200": { type: "response", status: 200 },
  "404": { type: "response", status: 404 },
  cancel: { type: "cancelled" },
  lost: { type: "transportFailed" },
  ...Object.fromEntries(
    (["A", "B", "D", "E", "F", "K", "M"] as const).map((timer) => [timer, { type: "timer", timer }]),
  ),
};
const SERVER_INPUTS: Record<string, ServerInput> = {
  repeated: { type: "repeated" },
  ack: { type: "ack" },
  "180": { type: "respond", status: 180 },
  "200": { type: "respond", status: 200 },
  "404": { type: "respond", status: 404 },
  lost: { type: "transportFailed" },
  ...Object.fromEntries((["G", "H", "I", "J", "L"] as const).map((timer) => [timer, { type: "timer", timer }])),
};

/** Checks every cell; what the table does not name must change nothing. */
function cells<S extends { readonly name: string }, I>(
  states: readonly S[],
  inputs: Record<string, I>,
  next: (state: S, input: I) => TransactionStep<S>,
  table: Record<string, Record<string, string>>,
): void {
  for (const state of states) {
    for (const [name, input] of Object.entries(inputs)) {
      it(`${state.name}: ${name}`, () => {
        expect(shown(next(state, input))).toBe(table[state.name]?.[name] ?? state.name);
      });
    }
  }
}

describe("the INVITE client transaction on UDP (RFC 3261 figure 5)", () => {
  const states: InviteClientState[] = [
    { name: "idle" },
    { name: "calling", interval: 1000 },
    { name: "proceeding" },
    { name: "cancelled" },
    { name: "completed" },
    { name: "accepted" },
    { name: "terminated" },
  ];
  const quiet = {
    "100": "proceeding -A -B pass",
    "200": "accepted -A -B pass M=32000",
    "404": "completed -A -B ack pass D=32000",
    lost: "terminated failed end",
  };
  cells(states, CLIENT_INPUTS, (s, i) => stepInviteClient(s, i, false), {
    idle: { start: "calling send A=500 B=32000", lost: "terminated failed end" },
    calling: { ...quiet, A: "calling send A=2000", B: "terminated timedOut end" },
    proceeding: { ...quiet, cancel: "cancelled B=32000" },
    cancelled: { ...quiet, "100": "cancelled pass", B: "terminated timedOut end" },
    completed: { "404": "completed ack", D: "terminated end" },
    accepted: { "200": "accepted pass", M: "terminated end" },
  });
});

describe("the non-INVITE client transaction on UDP (figure 6)", () => {
  const states: NonInviteClientState[] = [
    { name: "idle" },
    { name: "trying", interval: 2000 },
    { name: "proceeding" },
    { name: "completed" },
    { name: "terminated" },
  ];
  const final = {
    "200": "completed -E -F pass K=5000",
    "404": "completed -E -F pass K=5000",
    F: "terminated timedOut end",
    lost: "terminated failed end",
  };
  cells(states, CLIENT_INPUTS, (s, i) => stepNonInviteClient(s, i, false), {
    idle: { start: "trying send E=500 F=32000" },
    trying: { ...final, "100": "proceeding pass", E: "trying send E=4000" },
    proceeding: { ...final, "100": "proceeding pass", E: "proceeding send E=4000" },
    completed: { K: "terminated end" },
  });
});

describe("the INVITE server transaction on UDP (figure 7, RFC 6026)", () => {
  const states: InviteServerState[] = [
    { name: "proceeding" },
    { name: "completed", interval: 4000 },
    { name: "confirmed" },
    { name: "accepted" },
    { name: "terminated" },
  ];
  cells(states, SERVER_INPUTS, (s, i) => stepInviteServer(s, i, false), {
    proceeding: {
      repeated: "proceeding send",
      "180": "proceeding send",
      "200": "accepted send L=32000",
      "404": "completed send G=500 H=32000",
      lost: "terminated failed end",
    },
    completed: {
      repeated: "completed send",
      ack: "confirmed -G -H I=5000",
      G: "completed send G=4000",
      H: "terminated timedOut end",
      lost: "terminated failed end",
    },
    confirmed: { I: "terminated end" },
    accepted: { "200": "accepted send", L: "terminated end" },
  });
});

describe("the non-INVITE server transaction on UDP (figure 8)", () => {
  const states: NonInviteServerState[] = [
    { name: "trying" },
    { name: "proceeding" },
    { name: "completed" },
    { name: "terminated" },
  ];
  const final = {
    "200": "completed send J=32000",
    "404": "completed send J=32000",
    "180": "proceeding send",
    lost: "terminated failed end",
  };
  cells(states, SERVER_INPUTS, (s, i) => stepNonInviteServer(s, i, false), {
    trying: final,
    proceeding: { ...final, repeated: "proceeding send" },
    completed: { repeated: "completed send", J: "terminated end", lost: "terminated failed end" },
  });
});

describe("on a reliable transport", () => {
  it("nothing is retransmitted, and a final answer ends it", () => {
    expect(shown(stepInviteClient({ name: "idle" }, { type: "start" }, true))).toBe("calling send B=32000");
    expect(shown(stepInviteClient({ name: "calling", interval: 500 }, { type: "response", status: 404 }, true))).toBe(
      "terminated -A -B ack pass end",
    );
    expect(shown(stepNonInviteClient({ name: "idle" }, { type: "start" }, true))).toBe("trying send F=32000");
    expect(shown(stepNonInviteClient({ name: "trying", interval: 500 }, { type: "response", status: 200 }, true))).toBe(
      "terminated pass end",
    );
    expect(shown(stepInviteServer({ name: "proceeding" }, { type: "respond", status: 404 }, true))).toBe(
      "completed send H=32000",
    );
    expect(shown(stepInviteServer({ name: "completed", interval: 500 }, { type: "ack" }, true))).toBe("terminated end");
    expect(shown(stepNonInviteServer({ name: "trying" }, { type: "respond", status: 200 }, true))).toBe(
      "terminated send end",
    );
  });
});

const request = (method: string, extra: readonly { name: string; value: string }[] = []): SipRequest => ({
  kind: "request",
  method,
  requestUri: "sip:b@h",
  headers: [
    { name: "from", value: "<sip:a@h>;tag=1" },
    { name: "to", value: "<sip:b@h>" },
    { name: "call-id", value: "c" },
    { name: "cseq", value: `1 ${method}` },
    ...extra,
  ],
  body: new Uint8Array(0),
});
const parse = (bytes: Uint8Array): SipMessage => {
  const text = Buffer.from(bytes);
  const end = text.indexOf("\r\n\r\n");
  return parseMessage(text.subarray(0, end), text.subarray(end + 4));
};
const VIA = { protocol: "UDP", sentBy: "h:5060" };

describe("the transaction layer", () => {
  let clock: ManualClock;
  let sent: SipMessage[];
  let served: ServerTransaction[];
  /** Of `served`, which forget them. */
  let requests: SipRequest[];
  let acks: number;
  let layer: TransactionLayer;
  const udp = { reliable: false, send: async (bytes: Uint8Array) => void sent.push(parse(bytes)) };
  const methods = () => sent.map((m) => (m.kind === "request" ? m.method : `${m.status}`));
  const incoming = (
    method: string,
    branch: string,
    extra: readonly { name: string; value: string }[] = [],
  ): SipRequest => ({
    ...request(method, extra),
    headers: [{ name: "via", value: `SIP/2.0/UDP peer:5070;branch=${branch}` }, ...request(method, extra).headers],
  });
  const watch = () => {
    const seen: (number | string)[] = [];
    return {
      seen,
      handlers: {
        response: (r: SipResponse) => void seen.push(r.status),
        timedOut: () => void seen.push("timedOut"),
        failed: () => void seen.push("failed"),
      },
    };
  };

  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
    served = [];
    requests = [];
    acks = 0;
    layer = new TransactionLayer(clock, {
      request: (t) => {
        served.push(t);
        requests.push(t.request);
      },
      ack: () => void acks++,
    });
  });

  it("a request over UDP is repeated at 0.5, 1.5, 3.5, 7.5 … s, and given up after 32 s", () => {
    const { seen, handlers } = watch();
    layer.send(request("MESSAGE"), VIA, udp, handlers);
    const at: number[] = [0];
    for (let ms = 500; ms <= 40_000; ms += 500) {
      const before = sent.length;
      clock.advance(500);
      if (sent.length > before) at.push(ms);
    }
    expect(at).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(seen).toEqual(["timedOut"]);
    expect([layer.size, clock.pending]).toEqual([0, 0]);
    expect(new Set(sent.map((m) => topVia(m).parameters.get("branch"))).size).toBe(1);
  });

  it("an answer that comes again is not told again", () => {
    const { seen, handlers } = watch();
    const { request: out } = layer.send(request("MESSAGE"), VIA, udp, handlers);
    for (let i = 0; i < 3; i++) layer.receive(makeResponse(out, 200, "t"), udp);
    clock.advance(60_000);
    expect(seen).toEqual([200]);
    expect([layer.size, clock.pending]).toEqual([0, 0]);
  });

  it("a refused INVITE is acknowledged with the To of its refusal, each time it is refused", () => {
    const { seen, handlers } = watch();
    const { request: out } = layer.send(request("INVITE"), VIA, udp, handlers);
    for (let i = 0; i < 2; i++) layer.receive(makeResponse(out, 486, "t"), udp);
    expect(methods()).toEqual(["INVITE", "ACK", "ACK"]);
    expect(headerValue(sent[1] as SipMessage, "to")).toBe("<sip:b@h>;tag=t");
    expect(topVia(sent[1] as SipMessage)).toEqual(topVia(sent[0] as SipMessage));
    expect(seen).toEqual([486]);
  });

  it("CANCEL has the branch and the CSeq number of its INVITE", () => {
    const { seen, handlers } = watch();
    const invite = layer.send(request("INVITE"), VIA, udp, handlers);
    layer.receive(makeResponse(invite.request, 180, "t"), udp);
    layer.cancel(invite, udp);
    const [, cancel] = sent;
    expect(cancel && [topVia(cancel), headerValue(cancel, "cseq")]).toEqual([topVia(invite.request), "1 CANCEL"]);
    layer.receive(makeResponse(cancel as SipRequest, 200, "t"), udp);
    layer.receive(makeResponse(invite.request, 487, "t"), udp);
    expect(seen).toEqual([180, 487]);
  });

  it("S10: a request that comes ten times reaches the user once and is answered the same each time", () => {
    for (let i = 0; i < 5; i++) layer.receive(incoming("MESSAGE", "z9hG4bKa"), udp);
    expect([served.length, sent.length]).toEqual([1, 0]);
    served[0]?.respond(makeResponse(served[0].request, 200, served[0].toTag));
    for (let i = 0; i < 5; i++) layer.receive(incoming("MESSAGE", "z9hG4bKa"), udp);
    expect(methods()).toEqual(Array(6).fill("200"));
    expect(new Set(sent.map((m) => headerValue(m, "to"))).size).toBe(1);
    clock.advance(32_000);
    expect(layer.size).toBe(0);
  });

  it("a refusal is repeated until its ACK, which is absorbed", () => {
    layer.receive(incoming("INVITE", "z9hG4bKa"), udp);
    served[0]?.respond(makeResponse(served[0].request, 603, served[0].toTag));
    clock.advance(1500);
    expect(methods()).toEqual(["603", "603", "603"]);
    layer.receive(incoming("ACK", "z9hG4bKa", []), udp);
    clock.advance(60_000);
    expect([sent.length, acks, layer.size]).toEqual([3, 0, 0]);
  });

  it("S12: a refusal that is never acknowledged is given up after 32 s", () => {
    layer.receive(incoming("INVITE", "z9hG4bKa"), udp);
    served[0]?.respond(makeResponse(served[0].request, 603, served[0].toTag));
    clock.advance(32_000);
    expect([layer.size, clock.pending]).toEqual([0, 0]);
  });

  it("an ACK with a branch of its own is the dialog's", () => {
    layer.receive(incoming("INVITE", "z9hG4bKa"), udp);
    served[0]?.respond(makeResponse(served[0].request, 200, served[0].toTag));
    layer.receive(incoming("ACK", "z9hG4bKb"), udp);
    layer.receive(incoming("ACK", "z9hG4bKa"), udp);
    expect(acks).toBe(2);
  });

  it("S11: CANCEL is answered 200 and told once; without its INVITE 481; after a final answer it changes nothing", () => {
    layer.receive(incoming("CANCEL", "z9hG4bKa"), udp);
    layer.receive(incoming("INVITE", "z9hG4bKb"), udp);
    const [invite] = served;
    let cancelled = 0;
    if (invite !== undefined) invite.cancelled = () => cancelled++;
    layer.receive(incoming("CANCEL", "z9hG4bKb"), udp);
    layer.receive(incoming("CANCEL", "z9hG4bKb"), udp);
    expect(methods()).toEqual(["481", "200", "200"]);
    expect(cancelled).toBe(1);
    served[0]?.respond(makeResponse(served[0].request, 200, served[0].toTag));
    layer.receive(incoming("CANCEL", "z9hG4bKb"), udp);
    expect(cancelled).toBe(1);
  });

  it("the same request by two ways is taken once and refused once with 482", () => {
    layer.receive(incoming("INVITE", "z9hG4bKa"), udp);
    layer.receive(incoming("INVITE", "z9hG4bKb"), udp);
    expect(served).toHaveLength(1);
    expect(methods()).toEqual(["482"]);
  });

  it("a request from before RFC 3261, without its branch, is still one transaction", () => {
    for (let i = 0; i < 2; i++) layer.receive(incoming("MESSAGE", "1"), udp);
    expect(served).toHaveLength(1);
  });

  it("a transport that fails is told once", async () => {
    const { seen, handlers } = watch();
    layer.send(request("MESSAGE"), VIA, { reliable: true, send: () => Promise.reject(new Error("gone")) }, handlers);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["failed"]);
    expect([layer.size, clock.pending]).toEqual([0, 0]);
  });

  it("S25, sipRefused: of refused INVITEs that nobody acknowledges the latest are kept, and what waits for an answer always", () => {
    layer.receive(incoming("INVITE", "z9hG4bKfirst"), udp);
    for (let i = 0; i < LIMITS.sipRefused + 500; i++) {
      const { headers, ...invite } = incoming("INVITE", `z9hG4bK${i}`);
      const own = headers.map((one) => (one.name === "call-id" ? { ...one, value: `call-${i}` } : one));
      layer.receive({ ...invite, headers: own }, udp);
      served.at(-1)?.respond(makeResponse(requests.at(-1) as SipRequest, 486, "t"));
    }
    expect(layer.size).toBe(LIMITS.sipRefused + 1);
    const { length } = served;
    layer.receive(incoming("INVITE", "z9hG4bKfirst"), udp);
    expect(served).toHaveLength(length);
    layer.dispose();
  });

  it("S25, sipGranted: of requests that were granted the latest are kept for their repetitions", () => {
    for (let i = 0; i < LIMITS.sipGranted + 500; i++) {
      const { headers, ...options } = incoming("OPTIONS", `z9hG4bK${i}`);
      const own = headers.map((one) => (one.name === "call-id" ? { ...one, value: `call-${i}` } : one));
      layer.receive({ ...options, headers: own }, udp);
      served.at(-1)?.respond(makeResponse(requests.at(-1) as SipRequest, 200, "t"));
    }
    expect(layer.size).toBe(LIMITS.sipGranted);
    layer.dispose();
    expect(clock.pending).toBe(0);
  });

  it("S25: what was answered over TCP is over, and takes no place among what is kept", () => {
    for (let i = 0; i <= LIMITS.sipGranted; i++) {
      const { headers, ...options } = incoming("OPTIONS", `z9hG4bK${i}`);
      const own = headers.map((one) => (one.name === "call-id" ? { ...one, value: `call-${i}` } : one));
      layer.receive({ ...options, headers: own }, { ...udp, reliable: i > 0 });
      served.at(-1)?.respond(makeResponse(requests.at(-1) as SipRequest, 200, "t"));
    }
    expect(layer.size).toBe(1);
    layer.dispose();
  });

  it("whatever comes in whatever order, nothing throws, and in the end nothing is left", () => {
    const branch = fc.constantFrom("z9hG4bKa", "z9hG4bKb", "1");
    const event = fc.oneof(
      fc.tuple(fc.constantFrom("INVITE", "ACK", "CANCEL", "MESSAGE", "BYE"), branch).map(
        ([m, b]) =>
          () =>
            layer.receive(incoming(m, b), udp),
      ),
      fc.tuple(fc.nat(5), fc.constantFrom(100, 180, 200, 404)).map(([i, status]) => () => {
        const transaction = served[i];
        const asked = requests[i];
        if (transaction !== undefined && asked !== undefined)
          transaction.respond(makeResponse(asked, status, transaction.toTag));
      }),
      fc.constant(() => void layer.send(request("OPTIONS"), VIA, udp, watch().handlers)),
      fc.integer({ min: 1, max: 20_000 }).map((ms) => () => clock.advance(ms)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        served = [];
        requests = [];
        for (const run of events) run();
        for (const [i, transaction] of served.entries()) {
          const asked = requests[i];
          if (asked !== undefined) transaction.respond(makeResponse(asked, 500, "t"));
        }
        clock.advance(120_000);
        expect([layer.size, clock.pending]).toEqual([0, 0]);
      }),
    );
  });
});
