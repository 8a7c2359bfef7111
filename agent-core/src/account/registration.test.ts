import { describe, expect, it } from "vitest";
import { reason } from "../kernel/index.ts";
import { type RegistrationInput, type RegistrationState, stepRegistration } from "./registration.ts";

const why = reason("INLET_SIP_TIMEOUT");

const STATES: RegistrationState[] = [
  { phase: "idle" },
  { phase: "connecting", failures: 2 },
  { phase: "registering", failures: 2, expires: 3600 },
  { phase: "registered", expires: 3600 },
  { phase: "refreshing", expires: 3600 },
  { phase: "lost", failures: 3, reason: why },
  { phase: "rejected", reason: why },
  { phase: "unregistering" },
  { phase: "unregistered" },
];

const INPUTS: RegistrationInput[] = [
  { type: "start" },
  { type: "connected" },
  { type: "disconnected", reason: why },
  { type: "accepted", expires: 3600 },
  { type: "refused", status: 403, reason: why },
  { type: "refused", status: 503, reason: why, retryAfter: 7 },
  { type: "tooBrief", minExpires: 7200 },
  { type: "refreshDue" },
  { type: "retryDue" },
  { type: "reconnect" },
  { type: "stop" },
  { type: "unanswered", reason: why },
  { type: "outboundRefused" },
  { type: "linkUp", moved: false },
  { type: "linkUp", moved: true },
  { type: "linkDown" },
  { type: "suspended" },
  { type: "resumed" },
  { type: "ended", reason: why, retryAfter: undefined },
  { type: "ended", reason: why, retryAfter: 30 },
];

/** Every cell, in the order of INPUTS: the phase that follows, and the effects by name. "·": nothing changes. */
// biome-ignore format: a table is read by its columns
const TABLE: Record<RegistrationState["phase"], readonly string[]> = {
  idle:          ["connecting connect", "·",                  "·",                           "·",                  "·",                    "·",                           "·",                   "·",                    "·",                  "·",                  "unregistered disconnect,stopped", "·", "·", "·", "·", "·", "·", "·", "·", "·"],
  connecting:    ["·",                  "registering register:3600","lost disconnect,retryIn:2.5",   "·",                  "·",                    "·",                           "·",                   "·",                    "·",                  "·",                  "unregistered disconnect,stopped", "·", "·", "connecting disconnect,connect", "connecting disconnect,connect", "lost disconnect,retryIn:60", "lost disconnect,retryIn:60", "connecting disconnect,connect", "·", "·"],
  registering:   ["·",                  "·",                  "lost disconnect,retryIn:2.5",   "registered refreshIn:3000", "rejected disconnect", "lost disconnect,retryIn:7", "registering register:7200", "·",               "·",                  "·",                  "unregistered disconnect,stopped", "lost disconnect,retryIn:4", "registering register:3600", "connecting disconnect,connect", "connecting disconnect,connect", "lost disconnect,retryIn:60", "lost disconnect,retryIn:60", "connecting disconnect,connect", "rejected disconnect", "lost disconnect,retryIn:30"],
  registered:    ["·",                  "·",                  "lost disconnect,retryIn:1",   "·",                  "rejected disconnect",  "lost disconnect,retryIn:7",   "registered register:7200", "refreshing register:3600", "·",           "·",                  "unregistering unregister", "·", "·", "refreshing register:3600", "connecting disconnect,connect", "lost disconnect,retryIn:60", "lost disconnect,retryIn:60", "refreshing register:3600", "rejected disconnect", "lost disconnect,retryIn:30"],
  refreshing:    ["·",                  "·",                  "lost disconnect,retryIn:1",   "registered refreshIn:3000", "rejected disconnect", "lost disconnect,retryIn:7", "refreshing register:7200", "·",                "·",                  "·",                  "unregistering unregister", "lost disconnect,retryIn:1", "refreshing register:3600", "connecting disconnect,connect", "connecting disconnect,connect", "lost disconnect,retryIn:60", "lost disconnect,retryIn:60", "connecting disconnect,connect", "rejected disconnect", "lost disconnect,retryIn:30"],
  lost:          ["·",                  "·",                  "·",                           "·",                  "·",                    "·",                           "·",                   "·",                    "connecting connect", "connecting connect", "unregistered disconnect,stopped", "·", "·", "connecting connect", "connecting connect", "·", "·", "connecting connect", "·", "·"],
  rejected:      ["·",                  "·",                  "·",                           "·",                  "·",                    "·",                           "·",                   "·",                    "·",                  "connecting connect", "unregistered disconnect,stopped", "·", "·", "·", "·", "·", "·", "·", "·", "·"],
  unregistering: ["·",                  "·",                  "unregistered disconnect,stopped", "unregistered disconnect,stopped", "unregistered disconnect,stopped", "unregistered disconnect,stopped", "·", "·",    "·",                  "·",                  "·", "unregistered disconnect,stopped", "·", "·", "·", "unregistered disconnect,stopped", "unregistered disconnect,stopped", "·", "·", "·"],
  unregistered:  ["·",                  "·",                  "·",                           "·",                  "·",                    "·",                           "·",                   "·",                    "·",                  "·",                  "·", "·", "·", "·", "·", "·", "·", "·", "·", "·"],
};

const shown = (effect: { readonly type: string; readonly seconds?: number; readonly expires?: number }): string =>
  [effect.type, effect.seconds ?? effect.expires].filter((part) => part !== undefined).join(":");

describe("registration", () => {
  for (const state of STATES) {
    it.each(
      INPUTS.map(
        (input, i) =>
          [
            `${input.type}${"status" in input ? ` ${input.status}` : ""}${"moved" in input ? ` ${input.moved}` : ""}`,
            input,
            TABLE[state.phase][i],
          ] as const,
      ),
    )(`${state.phase}: %s`, (_, input, cell) => {
      const step = stepRegistration(state, input);
      if (cell === "·") {
        expect(step.state).toEqual(state);
        expect(step.effects).toEqual([]);
        return;
      }
      const [phase, effects = ""] = (cell ?? "").split(" ");
      expect(step.state.phase).toBe(phase);
      expect(step.effects.map(shown).join(",")).toBe(effects);
    });
  }

  const registering: RegistrationState = { phase: "registering", failures: 0, expires: 3600 };

  it.each([
    [3600, 3000],
    [1200, 600],
    [600, 300],
    [1, 1],
    [4_294_967_295, 7 * 86_400 - 600],
  ])("S18: granted %i s, it refreshes after %i s and never busily", (expires, seconds) => {
    expect(stepRegistration(registering, { type: "accepted", expires }).effects).toEqual([
      { type: "refreshIn", seconds },
    ]);
  });

  it("S18: a grant of 0 s is no registration", () => {
    expect(stepRegistration(registering, { type: "accepted", expires: 0 }).state.phase).toBe("lost");
  });

  it("S18: a 423 that asks for no more than was offered is not answered again and again", () => {
    expect(stepRegistration(registering, { type: "tooBrief", minExpires: 0 }).state.phase).toBe("lost");
    const wild = stepRegistration(registering, { type: "tooBrief", minExpires: 4_294_967_295 });
    expect(wild.effects).toEqual([{ type: "register", expires: 7 * 86_400, patience: 20 }]);
    expect(stepRegistration(wild.state, { type: "tooBrief", minExpires: 4_294_967_295 }).state.phase).toBe("lost");
  });

  it("S19: Retry-After is obeyed, up to an hour", () => {
    const wait = (retryAfter: number) =>
      stepRegistration(registering, { type: "refused", status: 503, reason: why, retryAfter }).effects.find(
        (e) => e.type === "retryIn",
      );
    expect([wait(1e9), wait(1), wait(30)]).toEqual(
      [3600, 1, 30].map((seconds) => ({ type: "retryIn", seconds, atLeast: true })),
    );
  });

  /** What is waited between `count` failures of the same kind. */
  function waits(count: number, input: RegistrationInput): number[] {
    const seconds: number[] = [];
    let state: RegistrationState = { phase: "connecting", failures: 0 };
    for (let i = 0; i < count; i++) {
      if (input.type !== "disconnected") state = stepRegistration(state, { type: "connected" }).state;
      const step = stepRegistration(state, input);
      for (const effect of step.effects) if (effect.type === "retryIn") seconds.push(effect.seconds);
      state = stepRegistration(step.state, { type: "retryDue" }).state;
    }
    return seconds;
  }

  it("T10: waits double up to a minute while the core does not serve", () => {
    for (const input of [
      { type: "unanswered", reason: why },
      { type: "refused", status: 503, reason: why },
    ] as const)
      expect(waits(9, input)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("T4, T10: where nothing listens it is tried every few seconds for minutes, then as rarely", () => {
    const all = waits(70, { type: "disconnected", reason: why });
    expect(all.slice(0, 4)).toEqual([1, 2, 2.5, 2.5]);
    expect(all.slice(2, 60).every((seconds) => seconds === 2.5)).toBe(true);
    expect(all.slice(60)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it("another server is tried at once, the last one's failure is waited out", () => {
    for (const type of ["unanswered", "disconnected"] as const) {
      expect(stepRegistration(registering, { type, reason: why, others: true }).state.phase).toBe("connecting");
    }
    const refused = (others: boolean) =>
      stepRegistration(registering, { type: "refused", status: 503, reason: why, retryAfter: 600, others });
    expect(refused(true).effects.map(({ type }) => type)).toEqual(["disconnect", "connect"]);
    expect(refused(false).effects).toContainEqual({ type: "retryIn", seconds: 600, atLeast: true });
  });

  it.each([
    [403, undefined, "rejected"],
    [403, 30, "rejected"],
    [404, undefined, "rejected"],
    [404, 30, "lost"],
    [408, undefined, "lost"],
    [430, undefined, "lost"],
    [480, 30, "lost"],
    [500, undefined, "lost"],
    [503, 30, "lost"],
    [603, undefined, "rejected"],
    [603, 30, "lost"],
  ])("%i with Retry-After %s: %s", (status, retryAfter, phase) => {
    const input = { type: "refused", status, reason: why, ...(retryAfter !== undefined && { retryAfter }) } as const;
    expect(stepRegistration(registering, input).state.phase).toBe(phase);
  });

  it("T8: a probe that has no answer leads to a new connection without a wait, a refresh does not", () => {
    const probing = stepRegistration({ phase: "registered", expires: 3600 }, { type: "resumed" });
    expect(probing.effects).toEqual([{ type: "register", expires: 3600, patience: 2 }]);
    const next = stepRegistration(probing.state, { type: "unanswered", reason: why });
    expect(next.effects.map(({ type }) => type)).toEqual(["disconnect", "connect"]);
  });
});
