import { describe, expect, it } from "vitest";
import { type SubscriptionInput, type SubscriptionState, stepSubscription } from "./subscription-machine.ts";

const STATES: SubscriptionState[] = [
  { phase: "idle" },
  { phase: "waiting", failures: 1, raised: false },
  { phase: "active", failures: 0, raised: false },
  { phase: "pausing", failures: 1 },
  { phase: "fetching" },
  { phase: "ending" },
  { phase: "ended" },
];
const INPUTS: Record<string, SubscriptionInput> = {
  start: { type: "start" },
  fetch: { type: "fetch" },
  "200": { type: "accepted", expires: 3600 },
  "423": { type: "failed", status: 423, minExpires: 7200 },
  "423 without Min-Expires": { type: "failed", status: 423 },
  "489": { type: "failed", status: 489 },
  "503": { type: "failed", status: 503, retryAfter: 9 },
  "481": { type: "failed", status: 481 },
  active: { type: "notified", state: "active", expires: 600 },
  pending: { type: "notified", state: "pending" },
  rejected: { type: "terminated", reason: "rejected" },
  "timed out": { type: "terminated", reason: "timeout" },
  refreshDue: { type: "refreshDue" },
  expired: { type: "expired" },
  retryDue: { type: "retryDue" },
  notifyOverdue: { type: "notifyOverdue" },
  stop: { type: "stop" },
};
const PAUSED = "pausing drop,retryIn";
const OVER = "ended drop,report";
/** By phase: what each input leads to. What is not named changes nothing. */
const TABLE: Record<SubscriptionState["phase"], Record<string, string>> = {
  idle: { start: "waiting expectNotify,subscribe", fetch: "fetching expectNotify,fetch", stop: OVER },
  waiting: {
    "200": "waiting refreshIn,expireIn",
    "423": "waiting ask,expectNotify,subscribe",
    "423 without Min-Expires": PAUSED,
    "489": OVER,
    "503": PAUSED,
    "481": PAUSED,
    active: "active notifyCame,refreshIn,expireIn",
    pending: "active notifyCame",
    rejected: OVER,
    "timed out": PAUSED,
    expired: PAUSED,
    notifyOverdue: PAUSED,
    stop: "ending expectNotify,unsubscribe",
  },
  active: {
    "200": "active refreshIn,expireIn",
    "423": "active ask,expectNotify,refresh",
    "423 without Min-Expires": "active notifyCame,refreshIn",
    "489": OVER,
    "503": "active notifyCame,refreshIn",
    "481": PAUSED,
    active: "active notifyCame,refreshIn,expireIn",
    pending: "active notifyCame",
    rejected: OVER,
    "timed out": PAUSED,
    refreshDue: "active expectNotify,refresh",
    expired: PAUSED,
    notifyOverdue: PAUSED,
    stop: "ending expectNotify,unsubscribe",
  },
  pausing: { retryDue: "waiting expectNotify,subscribe", stop: OVER },
  fetching: {
    "423": OVER,
    "423 without Min-Expires": OVER,
    "489": OVER,
    "503": OVER,
    "481": OVER,
    active: OVER,
    pending: OVER,
    rejected: OVER,
    "timed out": OVER,
    notifyOverdue: OVER,
    stop: OVER,
  },
  ending: {
    "423": OVER,
    "423 without Min-Expires": OVER,
    "489": OVER,
    "503": OVER,
    "481": OVER,
    rejected: OVER,
    "timed out": OVER,
    notifyOverdue: OVER,
    stop: OVER,
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

  const active: SubscriptionState = { phase: "active", failures: 0, raised: false };
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

  it("S21: a notifier that ends it again and again is asked at growing intervals, until a refresh falls due", () => {
    let state: SubscriptionState = active;
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const over = stepSubscription(state, { type: "terminated", reason: "deactivated" });
      waits.push(...over.effects.flatMap((effect) => (effect.type === "retryIn" ? [effect.seconds] : [])));
      state = stepSubscription(over.state, { type: "retryDue" }).state;
      state = stepSubscription(state, { type: "notified", state: "active" }).state;
    }
    expect(waits).toEqual([1, 30, 60, 120]);
    expect(stepSubscription(state, { type: "refreshDue" }).state).toEqual(active);
  });

  it("Min-Expires is asked for once, and not beyond a week", () => {
    const raised = stepSubscription(active, { type: "failed", status: 423, minExpires: 7200 });
    expect(raised.effects[0]).toEqual({ type: "ask", seconds: 7200 });
    const again = stepSubscription(raised.state, { type: "failed", status: 423, minExpires: 7201 });
    expect(again.effects.map((effect) => effect.type)).toEqual(["notifyCame", "refreshIn"]);
    const absurd = stepSubscription(active, { type: "failed", status: 423, minExpires: 1e9 });
    expect(absurd.effects.map((effect) => effect.type)).toEqual(["notifyCame", "refreshIn"]);
  });

  it("a refresh that is refused for now is tried again while the subscription stands", () => {
    const { state, effects } = stepSubscription(active, { type: "failed", status: 503, retryAfter: 9 });
    expect([state.phase, effects.at(-1)]).toEqual(["active", { type: "refreshIn", seconds: 9 }]);
  });
});
