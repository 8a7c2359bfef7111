import { describe, expect, it } from "vitest";
import { type SubscriptionInput, type SubscriptionState, stepSubscription } from "./subscription-machine.ts";

const STATES: SubscriptionState[] = [
  { phase: "idle" },
  { phase: "waiting", failures: 1 },
  { phase: "active", failures: 0 },
  { phase: "pausing", failures: 1 },
  { phase: "ending" },
  { phase: "ended" },
];
const INPUTS: Record<string, SubscriptionInput> = {
  start: { type: "start" },
  "200": { type: "accepted", expires: 3600 },
  "489": { type: "failed", status: 489 },
  "503": { type: "failed", status: 503, retryAfter: 9 },
  "481": { type: "failed", status: 481 },
  active: { type: "notified", state: "active", expires: 600 },
  terminated: { type: "terminated", reason: "rejected" },
  refreshDue: { type: "refreshDue" },
  retryDue: { type: "retryDue" },
  notifyOverdue: { type: "notifyOverdue" },
  stop: { type: "stop" },
};
/** By phase: what each input leads to. What is not named changes nothing. */
const TABLE: Record<SubscriptionState["phase"], Record<string, string>> = {
  idle: { start: "waiting subscribe", stop: "ended drop,report" },
  waiting: {
    "200": "waiting expectNotify,refreshIn",
    "489": "ended drop,report",
    "503": "pausing drop,retryIn",
    "481": "pausing drop,retryIn",
    active: "active refreshIn",
    terminated: "ended drop,report",
    refreshDue: "waiting refresh",
    notifyOverdue: "pausing drop,retryIn",
    stop: "ending unsubscribe,expectNotify",
  },
  active: {
    "200": "active refreshIn",
    "489": "ended drop,report",
    "503": "pausing drop,retryIn",
    "481": "pausing drop,retryIn",
    active: "active refreshIn",
    terminated: "ended drop,report",
    refreshDue: "active refresh",
    stop: "ending unsubscribe,expectNotify",
  },
  pausing: { retryDue: "waiting subscribe", stop: "ended drop,report" },
  ending: {
    "489": "ended drop,report",
    "503": "ended drop,report",
    "481": "ended drop,report",
    terminated: "ended drop,report",
    notifyOverdue: "ended drop,report",
    stop: "ended drop,report",
  },
  ended: {},
};

describe("a subscription", () => {
  for (const state of STATES) {
    it.each(Object.entries(INPUTS))(`${state.phase}: %s`, (name, input) => {
      const step = stepSubscription(state, input);
      const cell = TABLE[state.phase][name];
      if (cell === undefined) expect(step).toEqual({ state, effects: [] });
      else expect(`${step.state.phase} ${step.effects.map((e) => e.type).join(",")}`).toBe(cell);
    });
  }

  const active: SubscriptionState = { phase: "active", failures: 0 };
  const wait = (input: SubscriptionInput) =>
    stepSubscription(active, input).effects.find((e) => e.type === "retryIn")?.seconds;

  it.each([
    ["deactivated", 1],
    ["timeout", 1],
    ["probation", 30],
    ["giveup", 30],
    [undefined, 30],
    ["unheard-of", 30],
    ["rejected", undefined],
    ["noresource", undefined],
    ["invariant", undefined],
  ])("S21: terminated because of %s is followed by another try after %s s", (reason, seconds) => {
    expect(wait({ type: "terminated", ...(reason !== undefined && { reason }) })).toBe(seconds);
  });

  it("S21: retry-after is obeyed within bounds", () => {
    expect(wait({ type: "terminated", reason: "giveup", retryAfter: 120 })).toBe(120);
    expect(wait({ type: "terminated", reason: "giveup", retryAfter: 1e9 })).toBe(1800);
    expect(wait({ type: "terminated", reason: "giveup", retryAfter: 0 })).toBe(1);
  });
});
