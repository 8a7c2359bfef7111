/**
 * Registration of one account (RFC 3261 §10, RFC 5626 §4.5 for the waits), as a pure machine.
 *
 *  idle ──start──▶ connecting ──connected──▶ registering ──200──▶ registered ──due──▶ refreshing
 *                    ▲    │ failed               │  │ ▲             │   ▲───────200────────┘
 *                    │    ▼                      │  └─┘423          │ connection lost, 5xx, 408
 *            retry ──┴── lost ◀──────────────────┴──────────────────┘
 *                                                │ 403, 404, wrong password …
 *                                                ▼
 *                                             rejected ──reconnect──▶ connecting
 *
 *  stop: registered, refreshing ──▶ unregistering ──any answer──▶ unregistered; from elsewhere ──▶ unregistered
 */
import { assertNever, type Reason, reason } from "../kernel/index.ts";

export type RegistrationState =
  | { readonly phase: "idle" }
  | { readonly phase: "connecting"; readonly failures: number }
  | { readonly phase: "registering"; readonly failures: number; readonly expires: number }
  | { readonly phase: "registered"; readonly expires: number }
  | { readonly phase: "refreshing"; readonly expires: number }
  | { readonly phase: "lost"; readonly failures: number; readonly reason: Reason }
  | { readonly phase: "rejected"; readonly reason: Reason }
  | { readonly phase: "unregistering" }
  | { readonly phase: "unregistered" };

export type RegistrationInput =
  | { readonly type: "start" }
  | { readonly type: "connected" }
  | { readonly type: "disconnected"; readonly reason: Reason }
  /** 2xx; `expires` in seconds, as granted for our contact. */
  | { readonly type: "accepted"; readonly expires: number }
  | { readonly type: "refused"; readonly status: number; readonly reason: Reason; readonly retryAfter?: number }
  /** 423 */
  | { readonly type: "tooBrief"; readonly minExpires: number }
  | { readonly type: "refreshDue" }
  | { readonly type: "retryDue" }
  /** The person asks to try again now. */
  | { readonly type: "reconnect" }
  | { readonly type: "stop" };

export type RegistrationEffect =
  | { readonly type: "connect" }
  | { readonly type: "register"; readonly expires: number }
  | { readonly type: "unregister" }
  | { readonly type: "refreshIn"; readonly seconds: number }
  /** At most; the runner takes a random 50-100 % of it. */
  | { readonly type: "retryIn"; readonly seconds: number }
  | { readonly type: "disconnect" }
  | { readonly type: "stopped" };

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly effects: readonly RegistrationEffect[];
}

export const REGISTER_EXPIRES = 3600;
const MAX_EXPIRES = 7 * 86_400;
const LONGEST_RETRY_AFTER = 3600;
const LONGEST_WAIT = 60;

const go = (state: RegistrationState, ...effects: RegistrationEffect[]): RegistrationStep => ({ state, effects });

/** 3GPP TS 24.229 §5.1.1.4: ten minutes before the end, or at half of a short registration; never busy. */
const refreshIn = (expires: number): RegistrationEffect => ({
  type: "refreshIn",
  seconds: Math.max(1, expires > 1200 ? expires - 600 : Math.floor(expires / 2)),
});

function lose(failures: number, why: Reason, retryAfter?: number): RegistrationStep {
  const wait = Math.min(2 ** Math.min(failures, 10), LONGEST_WAIT);
  const seconds = retryAfter === undefined ? wait : Math.min(Math.max(retryAfter, 1), LONGEST_RETRY_AFTER);
  return go(
    { phase: "lost", failures: failures + 1, reason: why },
    { type: "disconnect" },
    { type: "retryIn", seconds },
  );
}

/** Answers after which only a person can help; others (408, 480, 5xx) pass. */
const isFinal = (status: number): boolean => status < 500 && status !== 408 && status !== 480;

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
      return input.type === "reconnect" ? connect(0) : go(state);
    case "rejected":
      return input.type === "reconnect" ? connect(0) : go(state);
    case "unregistering":
      return input.type === "accepted" || input.type === "refused" || input.type === "disconnected"
        ? stopped()
        : go(state);
    case "unregistered":
      return go(state);
    default:
      return assertNever(state);
  }
}

const connect = (failures: number): RegistrationStep => go({ phase: "connecting", failures }, { type: "connect" });
const stopped = (): RegistrationStep => go({ phase: "unregistered" }, { type: "disconnect" }, { type: "stopped" });

function connecting(state: RegistrationState & { phase: "connecting" }, input: RegistrationInput): RegistrationStep {
  if (input.type === "connected") {
    const { failures } = state;
    return go(
      { phase: "registering", failures, expires: REGISTER_EXPIRES },
      { type: "register", expires: REGISTER_EXPIRES },
    );
  }
  return input.type === "disconnected" ? lose(state.failures, input.reason) : go(state);
}

function connected(
  state: RegistrationState & { phase: "registering" | "registered" | "refreshing" },
  input: RegistrationInput,
): RegistrationStep {
  const failures = state.phase === "registering" ? state.failures : 0;
  switch (input.type) {
    case "accepted": {
      if (state.phase === "registered") return go(state);
      if (input.expires <= 0) return lose(failures, reason("INLET_REGISTRATION_REJECTED", "expires 0"));
      return go({ phase: "registered", expires: state.expires }, refreshIn(Math.min(input.expires, MAX_EXPIRES)));
    }
    case "tooBrief": {
      // A registrar may raise the interval; one that asks for no more than it was given would loop.
      const expires = Math.min(input.minExpires, MAX_EXPIRES);
      if (expires <= state.expires) return lose(failures, reason("INLET_REGISTRATION_REJECTED", "423"));
      return go({ ...state, expires }, { type: "register", expires });
    }
    case "refused":
      if (isFinal(input.status)) return go({ phase: "rejected", reason: input.reason }, { type: "disconnect" });
      return lose(failures, input.reason, input.retryAfter);
    case "disconnected":
      return lose(failures, input.reason);
    case "refreshDue":
      if (state.phase !== "registered") return go(state);
      return go({ phase: "refreshing", expires: state.expires }, { type: "register", expires: state.expires });
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
