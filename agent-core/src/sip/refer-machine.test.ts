import { describe, expect, it } from "vitest";
import { type ReferInput, type ReferState, stepRefer } from "./refer-machine.ts";

const INPUTS: Record<string, ReferInput> = {
  "2xx, subscribed": { type: "accepted", subscribed: true },
  "2xx, Refer-Sub: false": { type: "accepted", subscribed: false },
  "603": { type: "refused", status: 603, reason: "Decline" },
  "NOTIFY 100": { type: "notified", line: { status: 100, reason: "Trying" }, expires: 60 },
  "NOTIFY without body": { type: "notified" },
  "NOTIFY 200": { type: "notified", line: { status: 200, reason: "OK" } },
  "terminated with 486": { type: "terminated", line: { status: 486, reason: "Busy Here" } },
  "terminated with 100": { type: "terminated", line: { status: 100, reason: "Trying" } },
  terminated: { type: "terminated" },
  "Timer N": { type: "notifyOverdue" },
  expired: { type: "expired" },
};
const NOTIFIED = {
  "NOTIFY 100": "following: expireIn 60, progress 100",
  "NOTIFY without body": "following: expireIn 300",
  "NOTIFY 200": "told: expireIn 300, finished 200",
  "terminated with 486": "ended: drop, finished 486",
  "terminated with 100": "ended: drop, unknown",
  terminated: "ended: drop, unknown",
  expired: "ended: drop, unknown",
};
/** What is not named changes nothing. */
const TABLE: Record<ReferState["phase"], Record<string, string>> = {
  asking: {
    ...NOTIFIED,
    "2xx, subscribed": "waiting: expectNotify",
    "2xx, Refer-Sub: false": "ended: drop, accepted",
    "603": "ended: drop, refused 603",
  },
  waiting: { ...NOTIFIED, "Timer N": "ended: drop, unknown" },
  following: NOTIFIED,
  told: {
    "terminated with 486": "ended: drop",
    "terminated with 100": "ended: drop",
    terminated: "ended: drop",
    expired: "ended: drop",
  },
  ended: {},
};

describe("a REFER", () => {
  for (const phase of Object.keys(TABLE) as ReferState["phase"][]) {
    it.each(Object.entries(INPUTS))(`${phase}: %s`, (name, input) => {
      const { state, effects } = stepRefer({ phase }, input);
      const cell = TABLE[phase][name];
      if (cell === undefined) {
        expect({ state, effects }).toEqual({ state: { phase }, effects: [] });
        return;
      }
      const done = effects.map((effect) => {
        if (effect.type === "settle") {
          const { outcome } = effect;
          return "status" in outcome ? `${outcome.kind} ${outcome.status}` : outcome.kind;
        }
        if (effect.type === "progress") return `progress ${effect.status}`;
        return effect.type === "expireIn" ? `expireIn ${effect.seconds}` : effect.type;
      });
      expect(`${state.phase}: ${done.join(", ")}`).toBe(cell);
    });
  }
});
