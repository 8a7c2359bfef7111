import { describe, expect, it } from "vitest";
import { InletError } from "../kernel/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import {
  type Agreement,
  agreedByResponse,
  answerTimer,
  type SessionTimerInput,
  type SessionTimerState,
  stepSessionTimer,
} from "./session-timer.ts";

const invite = (...headers: [string, string][]): SipRequest => ({
  kind: "request",
  method: "INVITE",
  requestUri: "sip:b@h",
  headers: headers.map(([name, value]) => ({ name, value })),
  body: new Uint8Array(0),
});
const timer: [string, string] = ["supported", "timer, 100rel"];
const answered = (...headers: [string, string][]): string => {
  const answer = answerTimer(invite(...headers));
  return `${answer.accept ? "200" : "422"} ${answer.headers.map(({ name, value }) => `${name}: ${value}`).join(" ")}`.trim();
};

describe("what a called one answers (RFC 4028 §9)", () => {
  it.each<[string, [string, string][], string]>([
    ["a caller without timers that asks nothing gets none", [], "200"],
    [
      "a caller with timers gets one and refreshes it",
      [timer],
      "200 session-expires: 1800;refresher=uac require: timer",
    ],
    [
      "what it asks is given",
      [timer, ["session-expires", "600"]],
      "200 session-expires: 600;refresher=uac require: timer",
    ],
    [
      "refresher=uac stays",
      [timer, ["session-expires", "600;refresher=uac"]],
      "200 session-expires: 600;refresher=uac require: timer",
    ],
    [
      "refresher=uas stays",
      [timer, ["session-expires", "600;refresher=uas"]],
      "200 session-expires: 600;refresher=uas require: timer",
    ],
    ["who cannot refresh is not asked to", [["session-expires", "600"]], "200 session-expires: 600;refresher=uas"],
    ["Min-SE is kept", [timer, ["min-se", "2400"]], "200 session-expires: 2400;refresher=uac require: timer"],
    ["90 s is enough", [timer, ["session-expires", "90"]], "200 session-expires: 90;refresher=uac require: timer"],
    ["89 s is not", [timer, ["session-expires", "89"]], "422 min-se: 90"],
    [
      "89 s from one that would not understand a 422",
      [["session-expires", "89"]],
      "200 session-expires: 90;refresher=uas",
    ],
    [
      "a wild value is cut",
      [timer, ["session-expires", "4294967295"]],
      "200 session-expires: 86400;refresher=uac require: timer",
    ],
  ])("%s", (_, headers, answer) => {
    expect(answered(...headers)).toBe(answer);
  });

  it("a value that is none is refused", () => {
    for (const value of ["", "abc", "-1", "1.5", "600;refresher=uac;refresher=uas"]) {
      expect(() => answerTimer(invite(timer, ["session-expires", value])), value).toThrow(InletError);
    }
  });

  it("a 2xx says who refreshes, seen from the caller; without the header nobody has to", () => {
    const response = (value?: string) =>
      agreedByResponse({
        kind: "response",
        status: 200,
        reasonPhrase: "",
        headers: value === undefined ? [] : [{ name: "session-expires", value }],
        body: new Uint8Array(0),
      });
    expect(response("600;refresher=uac")).toEqual({ interval: 600, refresher: "us" });
    expect(response("600;refresher=uas")).toEqual({ interval: 600, refresher: "them" });
    expect(response("10")).toEqual({ interval: 90, refresher: "us" });
    expect(response()).toBeUndefined();
  });
});

describe("the timer (RFC 4028 §10)", () => {
  const ours: Agreement = { interval: 600, refresher: "us" };
  const theirs: Agreement = { interval: 600, refresher: "them" };
  const states: SessionTimerState[] = [
    { phase: "off" },
    { phase: "running", agreement: ours },
    { phase: "refreshing", agreement: ours },
    { phase: "over" },
  ];
  const inputs: Record<string, SessionTimerInput> = {
    "agreed, ours": { type: "agreed", agreement: ours },
    "agreed, theirs": { type: "agreed", agreement: theirs },
    "agreed to none": { type: "agreed" },
    due: { type: "refreshDue" },
    "refused 500": { type: "refreshFailed", status: 500 },
    "refused 481": { type: "refreshFailed", status: 481 },
    "refused 408": { type: "refreshFailed", status: 408 },
    expired: { type: "expired" },
    stop: { type: "stop" },
  };
  const always = {
    "agreed, ours": "running disarm refreshIn=300 expireIn=600",
    "agreed, theirs": "running disarm expireIn=568",
    "agreed to none": "off disarm",
    stop: "over disarm",
  };
  const table: Record<SessionTimerState["phase"], Record<string, string>> = {
    off: always,
    running: { ...always, due: "refreshing refresh", expired: "over disarm bye" },
    refreshing: {
      ...always,
      "refused 500": "running refreshIn=10",
      "refused 481": "over disarm bye",
      "refused 408": "over disarm bye",
      expired: "over disarm bye",
    },
    over: {},
  };

  for (const state of states) {
    it.each(Object.entries(inputs))(`${state.phase}: %s`, (name, input) => {
      const step = stepSessionTimer(state, input);
      const shown = [
        step.state.phase,
        ...step.effects.map((e) => ("seconds" in e ? `${e.type}=${e.seconds}` : e.type)),
      ].join(" ");
      expect(shown).toBe(table[state.phase][name] ?? state.phase);
    });
  }

  it.each([
    [90, 60],
    [96, 64],
    [97, 65],
    [1800, 1768],
  ])("one that waits for a refresh of %i s ends the session after %i s", (interval, seconds) => {
    const { effects } = stepSessionTimer(
      { phase: "off" },
      { type: "agreed", agreement: { interval, refresher: "them" } },
    );
    expect(effects).toContainEqual({ type: "expireIn", seconds });
  });
});
