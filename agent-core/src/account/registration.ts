/**
 * Registration of one account (RFC 3261 §10, RFC 5626 §4.5 for the waits, RFC 3263 §4.3 for the next server), as a pure
 * machine.
 *
 *  idle ──start──▶ connecting ──connected──▶ registering ──200──▶ registered ──due──▶ refreshing
 *                  ▲  ▲   │ failed               │  │ ▲             │   ▲───────200────────┘
 *                  │  │   ▼                      │  └─┘423, 439     │ connection lost, 5xx, 408, no answer
 *          retry, ─┼─ lost ◀─────────────────────┼──────────────────┘
 *          linkUp  └──another server is known────┤
 *                                                │ 403, 404, wrong password …
 *                                                ▼
 *                                             rejected ──reconnect──▶ connecting
 *
 *  linkUp, resumed: lost ──▶ connecting at once; registered ──▶ refreshing as a probe, whose silence leads to connecting
 *  at once; when our address is gone, and from connecting, registering and refreshing ──▶ connecting anew.
 *  linkDown, suspended: whatever is connected or tries to be ──▶ lost.
 *  stop: registered, refreshing ──▶ unregistering ──any answer──▶ unregistered; from elsewhere ──▶ unregistered
 */
import { assertNever, type Reason, reason } from "../kernel/index.ts";

export type RegistrationState =
  | { readonly phase: "idle" }
  | { readonly phase: "connecting"; readonly failures: number }
  | { readonly phase: "registering"; readonly failures: number; readonly expires: number }
  | { readonly phase: "registered"; readonly expires: number }
  /** `probing`: it is to show that the connection lives. */
  | { readonly phase: "refreshing"; readonly expires: number; readonly probing?: boolean }
  | { readonly phase: "lost"; readonly failures: number; readonly reason: Reason }
  | { readonly phase: "rejected"; readonly reason: Reason }
  | { readonly phase: "unregistering" }
  | { readonly phase: "unregistered" };

export type RegistrationInput =
  | { readonly type: "start" }
  | { readonly type: "connected" }
  /** `others`: a server is known that was not tried yet. */
  | { readonly type: "disconnected"; readonly reason: Reason; readonly others?: boolean }
  /** The REGISTER had no answer in time. */
  | { readonly type: "unanswered"; readonly reason: Reason; readonly others?: boolean }
  /** 2xx; `expires` in seconds, as granted for our contact. */
  | { readonly type: "accepted"; readonly expires: number }
  | {
      readonly type: "refused";
      readonly status: number;
      readonly reason: Reason;
      readonly retryAfter?: number;
      readonly others?: boolean;
    }
  /** The core says that it has ended the registration, for good or for so many seconds. */
  | { readonly type: "ended"; readonly reason: Reason; readonly retryAfter: number | undefined }
  /** 439: what was asked for beyond plain registration is left out from now on. */
  | { readonly type: "outboundRefused" }
  /** 423 */
  | { readonly type: "tooBrief"; readonly minExpires: number }
  | { readonly type: "refreshDue" }
  | { readonly type: "retryDue" }
  /** The person asks to try again now. */
  | { readonly type: "reconnect" }
  /** There is a network, or another one; `moved`: the address of our connection is gone. */
  | { readonly type: "linkUp"; readonly moved: boolean }
  | { readonly type: "linkDown" }
  | { readonly type: "suspended" }
  | { readonly type: "resumed" }
  | { readonly type: "stop" };

export type RegistrationEffect =
  | { readonly type: "connect" }
  /** `patience`: seconds until it counts as unanswered. */
  | { readonly type: "register"; readonly expires: number; readonly patience: number }
  | { readonly type: "unregister" }
  | { readonly type: "refreshIn"; readonly seconds: number }
  /** At most; the runner takes a random 50-100 % of it. `atLeast`: the server has said so, and the runner takes a little more. */
  | { readonly type: "retryIn"; readonly seconds: number; readonly atLeast?: boolean }
  | { readonly type: "disconnect" }
  | { readonly type: "stopped" };

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly effects: readonly RegistrationEffect[];
}

const REGISTER_EXPIRES = 3600;
const MAX_EXPIRES = 7 * 86_400;
const LONGEST_RETRY_AFTER = 3600;
const LONGEST_WAIT = 60;
/** Where nothing listens, trying costs a packet: for some minutes it is tried often, so that a core that is back is found within seconds. */
const SHORT_WAIT = 2.5;
const SHORT_WAITS = 60;
/** For an answer to a REGISTER; shorter where it only has to show that the connection lives. */
const PATIENCE = 20;
const PROBE_PATIENCE = 2;

const go = (state: RegistrationState, ...effects: RegistrationEffect[]): RegistrationStep => ({ state, effects });
const register = (expires: number, patience = PATIENCE): RegistrationEffect => ({
  type: "register",
  expires,
  patience,
});

/** 3GPP TS 24.229 §5.1.1.4: ten minutes before the end, or at half of a short registration; never busy. */
const refreshIn = (expires: number): RegistrationEffect => ({
  type: "refreshIn",
  seconds: Math.max(1, expires > 1200 ? expires - 600 : Math.floor(expires / 2)),
});

/** RFC 5626 §4.5: twice as long each time, up to a bound. */
const backOff = (failures: number): number => Math.min(2 ** Math.min(failures, 10), LONGEST_WAIT);

/** The connection could not be made, or was cut. */
const cut = (failures: number, why: Reason): RegistrationStep =>
  lose(
    failures,
    why,
    failures < SHORT_WAITS ? Math.min(backOff(failures), SHORT_WAIT) : backOff(failures - SHORT_WAITS),
  );

/** A server that answers that it cannot, or not at all, is given time: what it asks for, up to an hour. */
function fail(failures: number, why: Reason, retryAfter: number | undefined): RegistrationStep {
  if (retryAfter === undefined) return lose(failures, why, backOff(failures));
  return lose(failures, why, Math.min(retryAfter, LONGEST_RETRY_AFTER), true);
}

function lose(failures: number, why: Reason, seconds: number, atLeast = false): RegistrationStep {
  return go(
    { phase: "lost", failures: failures + 1, reason: why },
    { type: "disconnect" },
    { type: "retryIn", seconds, ...(atLeast && { atLeast }) },
  );
}

/** Waits for the network; tries now and then all the same, should nobody tell that it is back. */
const wait = (why: Reason): RegistrationStep =>
  go({ phase: "lost", failures: 0, reason: why }, { type: "disconnect" }, { type: "retryIn", seconds: LONGEST_WAIT });

/** Says "come again" where it stands beside one of these (RFC 3261 §20.33). */
const PASSES_IN_TIME = new Set([404, 413, 603]);

/** These pass by themselves, as 5xx do. 423: one that asks for nothing that can be given. */
const PASSES = new Set([408, 423, 430, 480, 486, 491, 600]);

/** Answers after which only a person can help. */
function isFinal(status: number, retryAfter: number | undefined): boolean {
  if (PASSES.has(status) || (retryAfter !== undefined && PASSES_IN_TIME.has(status))) return false;
  return status >= 600 || status < 500;
}

export function stepRegistration(state: RegistrationState, input: RegistrationInput): RegistrationStep {
  if (input.type === "stop") return stop(state);
  switch (state.phase) {
    case "idle":
      return input.type === "start" ? connect(0) : go(state);
    case "connecting":
      return connecting(state, input);
    case "registering":
    case "registered":
    case "refreshing":
      return connected(state, input);
    case "lost":
      if (input.type === "retryDue") return connect(state.failures);
      return input.type === "reconnect" || input.type === "linkUp" || input.type === "resumed" ? connect(0) : go(state);
    case "rejected":
      return input.type === "reconnect" ? connect(0) : go(state);
    case "unregistering":
      return unregistering(state, input);
    case "unregistered":
      return go(state);
    default:
      return assertNever(state);
  }
}

const connect = (failures: number): RegistrationStep => go({ phase: "connecting", failures }, { type: "connect" });
const connectAnew = (failures: number): RegistrationStep =>
  go({ phase: "connecting", failures }, { type: "disconnect" }, { type: "connect" });
const stopped = (): RegistrationStep => go({ phase: "unregistered" }, { type: "disconnect" }, { type: "stopped" });

function connecting(state: RegistrationState & { phase: "connecting" }, input: RegistrationInput): RegistrationStep {
  switch (input.type) {
    case "connected": {
      const { failures } = state;
      return go({ phase: "registering", failures, expires: REGISTER_EXPIRES }, register(REGISTER_EXPIRES));
    }
    case "disconnected":
      return cut(state.failures, input.reason);
    case "linkUp":
    case "resumed":
      // What was begun on another network may hang.
      return connectAnew(0);
    case "linkDown":
      return wait(reason("INLET_NETWORK_DOWN"));
    case "suspended":
      return wait(reason("INLET_SUSPENDED"));
    default:
      return go(state);
  }
}

type Connected = RegistrationState & { readonly phase: "registering" | "registered" | "refreshing" };

function connected(state: Connected, input: RegistrationInput): RegistrationStep {
  const failures = state.phase === "registering" ? state.failures : 0;
  switch (input.type) {
    case "accepted":
      if (state.phase === "registered") return go(state);
      if (input.expires <= 0) return fail(failures, reason("INLET_REGISTRATION_REJECTED", "expires 0"), undefined);
      return go({ phase: "registered", expires: state.expires }, refreshIn(Math.min(input.expires, MAX_EXPIRES)));
    case "tooBrief": {
      // A registrar may raise the interval; one that asks for no more than it was given would loop.
      const expires = Math.min(input.minExpires, MAX_EXPIRES);
      if (expires <= state.expires) return fail(failures, reason("INLET_REGISTRATION_REJECTED", "423"), undefined);
      return go({ ...state, expires }, register(expires));
    }
    case "outboundRefused":
      return state.phase === "registered" ? go(state) : go(state, register(state.expires));
    case "ended":
      return input.retryAfter === undefined
        ? go({ phase: "rejected", reason: input.reason }, { type: "disconnect" })
        : fail(0, input.reason, input.retryAfter);
    case "refused":
      if (isFinal(input.status, input.retryAfter)) {
        return go({ phase: "rejected", reason: input.reason }, { type: "disconnect" });
      }
      return leave(state, input.reason, input.others, input.retryAfter);
    case "unanswered":
      // What sleep or another network has cut is not the server's failure: no waiting.
      if (state.phase === "refreshing" && state.probing === true) return connectAnew(0);
      return state.phase === "registered" ? go(state) : leave(state, input.reason, input.others);
    case "disconnected":
      return state.phase === "registering" && input.others === true
        ? connectAnew(failures)
        : cut(failures, input.reason);
    case "refreshDue":
      if (state.phase !== "registered") return go(state);
      return go({ phase: "refreshing", expires: state.expires }, register(state.expires));
    case "linkUp":
    case "resumed":
      if (state.phase !== "registered" || (input.type === "linkUp" && input.moved)) return connectAnew(0);
      return go(
        { phase: "refreshing", expires: state.expires, probing: true },
        register(state.expires, PROBE_PATIENCE),
      );
    case "linkDown":
      return wait(reason("INLET_NETWORK_DOWN"));
    case "suspended":
      return wait(reason("INLET_SUSPENDED"));
    case "start":
    case "connected":
    case "retryDue":
    case "reconnect":
    case "stop":
      return go(state);
    default:
      return assertNever(input);
  }
}

/** This server does not serve: the next one at once, and after the last one a while. */
function leave(state: Connected, why: Reason, others: boolean | undefined, retryAfter?: number): RegistrationStep {
  const failures = state.phase === "registering" ? state.failures : 0;
  return others === true ? connectAnew(failures) : fail(failures, why, retryAfter);
}

function unregistering(state: RegistrationState, input: RegistrationInput): RegistrationStep {
  switch (input.type) {
    case "accepted":
    case "refused":
    case "unanswered":
    case "disconnected":
    case "linkDown":
    case "suspended":
      return stopped();
    default:
      return go(state);
  }
}

function stop(state: RegistrationState): RegistrationStep {
  switch (state.phase) {
    case "registered":
    case "refreshing":
      return go({ phase: "unregistering" }, { type: "unregister" });
    case "unregistering":
    case "unregistered":
      return go(state);
    default:
      return stopped();
  }
}
