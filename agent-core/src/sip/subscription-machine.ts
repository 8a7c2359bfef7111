/**
 * An event subscription from the subscriber's side (RFC 6665 §4.1), as a pure machine.
 *
 *            subscribe            NOTIFY active|pending
 *   idle ──────────────▶ waiting ───────────────────────▶ active ──┐ refresh, 200: timer again
 *                          │  ▲                             │  ▲───┘
 *     final failure, giveup│  │retry timer                  │ terminated (reason decides), 481, Timer N
 *                          ▼  │                             ▼
 *                        ended│◀──────────────────────── pausing
 *
 * `ended` is final: rejected, noresource, a status that ends the usage, or asked for by us.
 */
import { assertNever } from "../kernel/index.ts";

export type SubscriptionState =
  | { readonly phase: "idle" }
  | { readonly phase: "waiting"; readonly failures: number }
  | { readonly phase: "active"; readonly failures: number }
  | { readonly phase: "pausing"; readonly failures: number }
  | { readonly phase: "ending" }
  | { readonly phase: "ended" };

export type SubscriptionInput =
  | { readonly type: "start" }
  | { readonly type: "accepted"; readonly expires: number }
  | { readonly type: "failed"; readonly status: number; readonly retryAfter?: number }
  | { readonly type: "notified"; readonly state: "active" | "pending"; readonly expires?: number }
  | { readonly type: "terminated"; readonly reason?: string; readonly retryAfter?: number }
  | { readonly type: "refreshDue" }
  | { readonly type: "retryDue" }
  | { readonly type: "notifyOverdue" }
  | { readonly type: "stop" };

export type SubscriptionEffect =
  | { readonly type: "subscribe" }
  | { readonly type: "refresh" }
  | { readonly type: "unsubscribe" }
  /** Timer N: 64·T1 for the NOTIFY that must follow a 2xx. */
  | { readonly type: "expectNotify" }
  | { readonly type: "refreshIn"; readonly seconds: number }
  | { readonly type: "retryIn"; readonly seconds: number }
  /** Forgets the dialog and all timers. */
  | { readonly type: "drop" }
  | { readonly type: "report"; readonly outcome: "unavailable" | "ended" };

export interface Step {
  readonly state: SubscriptionState;
  readonly effects: readonly SubscriptionEffect[];
}

/** Responses after which another SUBSCRIBE makes no sense (RFC 5057 §5.1, RFC 6665 §4.1.2). */
const FINAL = new Set([403, 404, 405, 410, 416, 480, 482, 483, 484, 485, 489, 501, 603, 604]);
const FIRST_RETRY = 30;
const LAST_RETRY = 1800;

const go = (state: SubscriptionState, ...effects: SubscriptionEffect[]): Step => ({ state, effects });
const drop = { type: "drop" } as const;
const end = (outcome: "unavailable" | "ended"): Step => go({ phase: "ended" }, drop, { type: "report", outcome });

const backOff = (failures: number): number => Math.min(FIRST_RETRY * 2 ** failures, LAST_RETRY);

function pause(failures: number, retryAfter?: number): Step {
  const seconds = Math.min(Math.max(retryAfter ?? backOff(failures), 1), LAST_RETRY);
  return go({ phase: "pausing", failures: failures + 1 }, drop, { type: "retryIn", seconds });
}

/** Before expiry by a tenth, at least five seconds; never sooner than a second. */
const refreshIn = (expires: number): SubscriptionEffect => ({
  type: "refreshIn",
  seconds: Math.max(1, Math.floor(expires - Math.max(5, expires / 10))),
});

export function stepSubscription(state: SubscriptionState, input: SubscriptionInput): Step {
  if (input.type === "stop") return stop(state);
  switch (state.phase) {
    case "idle":
      return input.type === "start" ? go({ phase: "waiting", failures: 0 }, { type: "subscribe" }) : go(state);
    case "waiting":
    case "active":
      return running(state, input);
    case "pausing":
      return input.type === "retryDue"
        ? go({ phase: "waiting", failures: state.failures }, { type: "subscribe" })
        : go(state);
    case "ending":
      return input.type === "terminated" || input.type === "failed" || input.type === "notifyOverdue"
        ? end("ended")
        : go(state);
    case "ended":
      return go(state);
    default:
      return assertNever(state);
  }
}

function running(state: SubscriptionState & { phase: "waiting" | "active" }, input: SubscriptionInput): Step {
  const { failures } = state;
  switch (input.type) {
    case "accepted":
      return state.phase === "waiting"
        ? go(state, { type: "expectNotify" }, refreshIn(input.expires))
        : go(state, refreshIn(input.expires));
    case "failed":
      if (state.phase === "active" && input.status === 481) return pause(0, 1);
      if (FINAL.has(input.status)) return end("unavailable");
      return pause(failures, input.retryAfter);
    case "notified":
      return go({ phase: "active", failures: 0 }, ...(input.expires === undefined ? [] : [refreshIn(input.expires)]));
    case "terminated":
      return terminated(failures, input);
    case "refreshDue":
      return go(state, { type: "refresh" });
    case "notifyOverdue":
      return state.phase === "waiting" ? pause(failures) : go(state);
    case "start":
    case "retryDue":
    case "stop":
      return go(state);
    default:
      return assertNever(input);
  }
}

/** RFC 6665 §4.1.3: each reason says whether and when to come back. */
function terminated(failures: number, input: { readonly reason?: string; readonly retryAfter?: number }): Step {
  switch (input.reason) {
    case "deactivated":
    case "timeout":
      return pause(0, 1);
    case "probation":
      return pause(failures, input.retryAfter ?? FIRST_RETRY);
    case "rejected":
    case "noresource":
    case "invariant":
      return end("unavailable");
    default:
      return pause(failures, input.retryAfter);
  }
}

function stop(state: SubscriptionState): Step {
  if (state.phase === "active" || state.phase === "waiting") {
    return go({ phase: "ending" }, { type: "unsubscribe" }, { type: "expectNotify" });
  }
  return state.phase === "ended" ? go(state) : end("ended");
}
