import { describe, expect, it } from "vitest";
import { type PublicationInput, type PublicationState, stepPublication } from "./publication-machine.ts";

const fresh = { raised: false, restarted: false, failures: 0 };
const STATES = {
  idle: { phase: "idle" },
  initial: { phase: "sending", operation: "initial", ...fresh },
  refresh: { phase: "sending", operation: "refresh", tag: "a", ...fresh },
  modify: { phase: "sending", operation: "modify", tag: "a", ...fresh },
  "modify, change queued": { phase: "sending", operation: "modify", tag: "a", queued: "change", ...fresh },
  "modify, remove queued": { phase: "sending", operation: "modify", tag: "a", queued: "remove", ...fresh },
  remove: { phase: "sending", operation: "remove", tag: "a", ...fresh },
  "remove, change queued": { phase: "sending", operation: "remove", tag: "a", queued: "change", ...fresh },
  published: { phase: "published", tag: "a" },
  "published without tag": { phase: "published" },
  "pausing for a change": { phase: "pausing", tag: "a", wanted: "change", failures: 1 },
  "pausing for a refresh": { phase: "pausing", tag: "a", wanted: "refresh", failures: 1 },
} as const satisfies Record<string, PublicationState>;

const INPUTS = {
  publish: { type: "publish" },
  removal: { type: "remove" },
  "200": { type: "accepted", tag: "b", expires: 3600 },
  "200 without tag": { type: "accepted", expires: 3600 },
  "412": { type: "failed", status: 412 },
  "423": { type: "failed", status: 423, minExpires: 7200 },
  "489": { type: "failed", status: 489 },
  "503": { type: "failed", status: 503, retryAfter: 9 },
  refreshDue: { type: "refreshDue" },
  expired: { type: "expired" },
  retryDue: { type: "retryDue" },
} as const satisfies Record<string, PublicationInput>;

const KEPT = "refreshIn, expireIn";
/** Phase, tag and queue, then what is done. What is not named changes nothing. */
const TABLE: Record<keyof typeof STATES, Partial<Record<keyof typeof INPUTS, string>>> = {
  idle: { publish: "initial: send initial" },
  initial: {
    publish: "initial+change:",
    removal: "initial+remove:",
    "200": `published b: ${KEPT}, published`,
    "200 without tag": `published: ${KEPT}, published`,
    "412": "initial: rest, send initial",
    "423": "initial: ask, send initial",
    "489": "idle: rest, failed 489",
    "503": "pausing change: retryIn 9",
  },
  refresh: {
    publish: "refresh a+change:",
    removal: "refresh a+remove:",
    "200": `published b: ${KEPT}`,
    "200 without tag": `published a: ${KEPT}`,
    "412": "initial: rest, send initial",
    "423": "refresh a: ask, send refresh a",
    "489": "idle: rest, failed 489",
    "503": "pausing refresh a: retryIn 9",
  },
  modify: {
    publish: "modify a+change:",
    removal: "modify a+remove:",
    "200": `published b: ${KEPT}, published`,
    "200 without tag": `published a: ${KEPT}, published`,
    "412": "initial: rest, send initial",
    "423": "modify a: ask, send modify a",
    "489": "idle: rest, failed 489",
    "503": "pausing change a: retryIn 9",
  },
  "modify, change queued": {
    removal: "modify a+remove:",
    "200": `modify b: ${KEPT}, send modify b`,
    "200 without tag": `modify a: ${KEPT}, send modify a`,
    "412": "initial: rest, send initial",
    "423": "modify a: ask, send modify a",
    "489": "modify a: send modify a",
    "503": "pausing change a: retryIn 9",
  },
  "modify, remove queued": {
    publish: "modify a+change:",
    "200": "remove b: rest, send remove b",
    "200 without tag": "remove a: rest, send remove a",
    "412": "idle: rest, removed",
    "423": "remove a: rest, send remove a",
    "489": "remove a: rest, send remove a",
    "503": "remove a: rest, send remove a",
  },
  remove: {
    publish: "remove a+change:",
    "200": "idle: rest, removed",
    "200 without tag": "idle: rest, removed",
    "412": "idle: rest, removed",
    "423": "idle: rest, failed 423",
    "489": "idle: rest, failed 489",
    "503": "idle: rest, failed 503",
  },
  "remove, change queued": {
    removal: "remove a:",
    "200": "initial: send initial",
    "200 without tag": "initial: send initial",
    "412": "initial: send initial",
    "423": "initial: send initial",
    "489": "initial: send initial",
    "503": "initial: send initial",
  },
  published: {
    publish: "modify a: send modify a",
    removal: "remove a: rest, send remove a",
    refreshDue: "refresh a: send refresh a",
    expired: "initial: send initial",
  },
  "published without tag": {
    publish: "initial: send initial",
    removal: "idle: rest, removed",
    refreshDue: "initial: send initial",
    expired: "initial: send initial",
  },
  "pausing for a change": {
    removal: "remove a: rest, send remove a",
    expired: "pausing change:",
    retryDue: "modify a: send modify a",
  },
  "pausing for a refresh": {
    publish: "pausing change a:",
    removal: "remove a: rest, send remove a",
    expired: "pausing refresh:",
    retryDue: "refresh a: send refresh a",
  },
};

function told(state: PublicationState): string {
  const what = state.phase === "sending" ? state.operation : state.phase;
  const tag = state.phase !== "idle" && state.tag !== undefined ? ` ${state.tag}` : "";
  const wanted = state.phase === "pausing" ? ` ${state.wanted}` : "";
  const queued = state.phase === "sending" && state.queued !== undefined ? `+${state.queued}` : "";
  return `${what}${wanted}${tag}${queued}:`;
}

const step = (state: PublicationState, input: PublicationInput): string => {
  const { state: next, effects } = stepPublication(state, input);
  const done = effects.map((effect) => {
    if (effect.type === "send") return ["send", effect.operation, effect.tag].join(" ").trim();
    if (effect.type === "report") return effect.outcome === "failed" ? `failed ${effect.status}` : effect.outcome;
    return effect.type === "retryIn" ? `retryIn ${effect.seconds}` : effect.type;
  });
  return `${told(next)} ${done.join(", ")}`.trim();
};

describe("a publication", () => {
  for (const [name, state] of Object.entries(STATES) as [keyof typeof STATES, PublicationState][]) {
    it.each(Object.entries(INPUTS) as [keyof typeof INPUTS, PublicationInput][])(`${name}: %s`, (input, value) => {
      const cell = TABLE[name][input];
      if (cell === undefined) expect(stepPublication(state, value)).toEqual({ state, effects: [] });
      else expect(step(state, value)).toBe(cell);
    });
  }

  it("S29: 412 begins anew once; a second 412 waits", () => {
    const once = stepPublication(STATES.refresh, INPUTS["412"]);
    expect(step(once.state, INPUTS["412"])).toBe("pausing change: retryIn 30");
  });

  it("423 is followed once, and not beyond a week", () => {
    const raised = stepPublication(STATES.initial, INPUTS["423"]);
    expect(raised.effects[0]).toEqual({ type: "ask", seconds: 7200 });
    expect(step(raised.state, { type: "failed", status: 423, minExpires: 7201 })).toBe("idle: rest, failed 423");
    expect(step(STATES.initial, { type: "failed", status: 423, minExpires: 1e9 })).toBe("idle: rest, failed 423");
  });

  it("S29: retries and Retry-After are bounded", () => {
    const after = (failures: number, retryAfter?: number): string =>
      step(
        { ...STATES.initial, failures },
        { type: "failed", status: 503, ...(retryAfter !== undefined && { retryAfter }) },
      );
    expect([after(0), after(1), after(20), after(0, 0), after(0, 1e9)]).toEqual(
      [30, 60, 1800, 1, 1800].map((wait) => `pausing change: retryIn ${wait}`),
    );
  });

  it.each([
    [3600, 3540],
    [100, 50],
    [0, 5],
  ])("granted for %s s it is refreshed after %s", (expires, seconds) => {
    const { effects } = stepPublication(STATES.initial, { type: "accepted", tag: "b", expires });
    expect(effects[0]).toEqual({ type: "refreshIn", seconds });
  });
});
