/**
 * An event subscription from the subscriber's side (RFC 6665 §4.1), as a pure machine.
 *
 *            subscribe            NOTIFY active|pending
 *   idle ──────────────▶ waiting ───────────────────────▶ active ──┐ refresh, 200: timers again;
 *    │ fetch               │  ▲ ◀┐ 423 once                 │  ▲───┘ refused for now: again before expiry
 *    ▼                     │  │ ─┘                          │ terminated (reason decides), 481, expired, Timer N
 *   fetching         final │  │ retry timer                 ▼
 *    │ NOTIFY, failure     ▼  └──────────────────────── pausing
 *    └─────────────────▶ ended ◀── terminated, failure, Timer N ── ending ◀── stop
 *
 * Timer N (64·T1) runs from each SUBSCRIBE to the NOTIFY it must bring. `ended` is final: rejected, noresource, a status
 * that ends the usage, or asked for by us. A notifier that ends it again and again is asked at growing intervals:
 * failures are forgotten only when a refresh falls due.
 */
import { assertNever } from "../kernel/index.ts";
import type { Failed } from "./failure.ts";

export type SubscriptionState =
  | { readonly phase: "idle" }
  | { readonly phase: "waiting"; readonly failures: number; readonly raised: boolean }
  | { readonly phase: "active"; readonly failures: number; readonly raised: boolean }
  | { readonly phase: "pausing"; readonly failures: number }
  | { readonly phase: "fetching" }
  | { readonly phase: "ending" }
  | { readonly phase: "ended" };

type Terminated = { readonly type: "terminated"; readonly reason?: string; readonly retryAfter?: number };

export type SubscriptionInput =
  | { readonly type: "start" }
  /** One NOTIFY and no more (RFC 6665 §4.4.3). */
  | { readonly type: "fetch" }
  | { readonly type: "accepted"; readonly expires: number }
  | Failed
  | { readonly type: "notified"; readonly state: "active" | "pending"; readonly expires?: number }
  | Terminated
  | { readonly type: "refreshDue" }
  | { readonly type: "expired" }
  | { readonly type: "retryDue" }
  | { readonly type: "notifyOverdue" }
  | { readonly type: "stop" };

/** Why there is no subscription: the status of SUBSCRIBE, or the reason in the last NOTIFY. */
export type SubscriptionEnd = { readonly status?: number; readonly reason?: string };

export type SubscriptionEffect =
  | { readonly type: "subscribe" }
  | { readonly type: "fetch" }
  | { readonly type: "refresh" }
  | { readonly type: "unsubscribe" }
  /** Asks for this many seconds from now on. */
  | { readonly type: "ask"; readonly seconds: number }
  /** Arms Timer N. */
  | { readonly type: "expectNotify" }
  /** Disarms Timer N. */
  | { readonly type: "notifyCame" }
  | { readonly type: "refreshIn"; readonly seconds: number }
  | { readonly type: "expireIn"; readonly seconds: number }
  | { readonly type: "retryIn"; readonly seconds: number }
  /** Forgets the dialog and all timers. */
  | { readonly type: "drop" }
  | { readonly type: "report"; readonly outcome: "unavailable" | "ended"; readonly why: SubscriptionEnd };

export interface SubscriptionStep {
  readonly state: SubscriptionState;
  readonly effects: readonly SubscriptionEffect[];
}

/** Responses after which another SUBSCRIBE makes no sense (RFC 5057 §5.1, RFC 6665 §4.1.2). */
const FINAL = new Set([403, 404, 405, 410, 416, 480, 482, 483, 484, 485, 489, 501, 603, 604]);
const FIRST_RETRY = 30;
const LAST_RETRY = 1800;
/** No Min-Expires above a week is obeyed. */
const LONGEST = 604_800;

const go = (state: SubscriptionState, ...effects: SubscriptionEffect[]): SubscriptionStep => ({ state, effects });
const drop = { type: "drop" } as const;
const expectNotify = { type: "expectNotify" } as const;
const end = (outcome: "unavailable" | "ended", why: SubscriptionEnd = {}): SubscriptionStep =>
  go({ phase: "ended" }, drop, { type: "report", outcome, why });

const backOff = (failures: number): number => Math.min(FIRST_RETRY * 2 ** failures, LAST_RETRY);
/** At once, where that has not just been tried. */
const soon = (failures: number): number => (failures === 0 ? 1 : backOff(failures - 1));
const bounded = (wait: number): number => Math.min(Math.max(wait, 1), LAST_RETRY);

const pause = (failures: number, wait: number): SubscriptionStep =>
  go({ phase: "pausing", failures: failures + 1 }, drop, { type: "retryIn", seconds: bounded(wait) });

const subscribe = (failures: number): SubscriptionStep =>
  go({ phase: "waiting", failures, raised: false }, expectNotify, { type: "subscribe" });

/** Refreshed before expiry by a tenth, at least five seconds; never sooner than a second. */
const keep = (expires: number): SubscriptionEffect[] => [
  { type: "refreshIn", seconds: Math.max(1, Math.floor(expires - Math.max(5, expires / 10))) },
  { type: "expireIn", seconds: Math.max(2, expires) },
];

export function stepSubscription(state: SubscriptionState, input: SubscriptionInput): SubscriptionStep {
  if (input.type === "stop") return stop(state);
  switch (state.phase) {
    case "idle":
      if (input.type === "fetch") return go({ phase: "fetching" }, expectNotify, { type: "fetch" });
      return input.type === "start" ? subscribe(0) : go(state);
    case "waiting":
    case "active":
      return running(state, input);
    case "pausing":
      return input.type === "retryDue" ? subscribe(state.failures) : go(state);
    case "fetching":
      return fetching(state, input);
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

type Running = SubscriptionState & { phase: "waiting" | "active" };

function running(state: Running, input: SubscriptionInput): SubscriptionStep {
  const { failures, raised } = state;
  switch (input.type) {
    case "accepted":
      return go({ ...state, raised: false }, ...keep(input.expires));
    case "failed":
      return failed(state, input);
    case "notified":
      return go(
        { phase: "active", failures, raised },
        { type: "notifyCame" },
        ...(input.expires === undefined ? [] : keep(input.expires)),
      );
    case "terminated":
      return terminated(failures, input);
    case "refreshDue":
      return state.phase === "active" ? go({ ...state, failures: 0 }, expectNotify, { type: "refresh" }) : go(state);
    case "expired":
      return pause(failures, soon(failures));
    case "notifyOverdue":
      return pause(failures, backOff(failures));
    case "start":
    case "fetch":
    case "retryDue":
    case "stop":
      return go(state);
    default:
      return assertNever(input);
  }
}

function failed(state: Running, input: Failed): SubscriptionStep {
  const { failures, raised } = state;
  const { status, retryAfter, minExpires = 0 } = input;
  if (status === 423 && !raised && minExpires > 0 && minExpires <= LONGEST) {
    const again = { type: state.phase === "active" ? "refresh" : "subscribe" } as const;
    return go({ ...state, raised: true }, { type: "ask", seconds: minExpires }, expectNotify, again);
  }
  if (FINAL.has(status)) return end("unavailable", { status });
  if (state.phase === "waiting") return pause(failures, retryAfter ?? backOff(failures));
  if (status === 481) return pause(failures, soon(failures));
  // RFC 6665 §4.1.2.2: it stands until it expires; until then it is tried again.
  const wait = bounded(retryAfter ?? backOff(failures));
  return go({ ...state, failures: failures + 1 }, { type: "notifyCame" }, { type: "refreshIn", seconds: wait });
}

/** RFC 6665 §4.1.3: each reason says whether and when to come back. */
function terminated(failures: number, { reason, retryAfter }: Terminated): SubscriptionStep {
  switch (reason) {
    case "deactivated":
    case "timeout":
      return pause(failures, soon(failures));
    case "rejected":
    case "noresource":
    case "invariant":
      return end("unavailable", { reason });
    default:
      // probation, giveup, none, unheard of
      return pause(failures, retryAfter ?? backOff(failures));
  }
}

/** One answer; nothing is tried again. */
function fetching(state: SubscriptionState, input: SubscriptionInput): SubscriptionStep {
  switch (input.type) {
    case "notified":
      return end("ended");
    case "terminated":
      return input.reason === "rejected" || input.reason === "noresource"
        ? end("unavailable", { reason: input.reason })
        : end("ended");
    case "failed":
      return end("unavailable", { status: input.status });
    case "notifyOverdue":
      return end("unavailable", { status: 408 });
    default:
      return go(state);
  }
}

function stop(state: SubscriptionState): SubscriptionStep {
  if (state.phase === "active" || state.phase === "waiting") {
    return go({ phase: "ending" }, expectNotify, { type: "unsubscribe" });
  }
  return state.phase === "ended" ? go(state) : end("ended");
}
