/**
 * Published event state (RFC 3903 §4), as a pure machine.
 *
 *          publish              2xx with the tag
 *   idle ───────────▶ sending ──────────────────▶ published ──┐ publish (modify), refresh due, expired
 *    ▲  ▲               │ ▲ ▲ ◀───────────────────────────────┘
 *    │  │ failed for    │ │ └ 412: once initial again; 423: once as long as Min-Expires
 *    │  └ good ─────────┤ └───────── retry due ─┐
 *    │                  └──▶ pausing ───────────┘
 *    └── removed (2xx, 412, or nothing was there)
 *
 * One request at a time (§4.1): what is asked for meanwhile is queued, and the last wish wins. The tag of every 2xx is
 * kept, whatever it is. A 2xx without one leaves the state published but out of reach: what follows is an initial
 * publication again. What `publish` is about is its owner's to hold: always the latest.
 */
import { assertNever } from "../kernel/index.ts";
import type { Failed } from "./failure.ts";

export type PublishOperation = "initial" | "refresh" | "modify" | "remove";

export type PublicationState =
  | { readonly phase: "idle" }
  | {
      readonly phase: "sending";
      readonly operation: PublishOperation;
      readonly tag?: string;
      readonly queued?: "change" | "remove";
      /** 423 was answered by asking for more, 412 by publishing anew. */
      readonly raised: boolean;
      readonly restarted: boolean;
      readonly failures: number;
    }
  | { readonly phase: "published"; readonly tag?: string }
  | {
      readonly phase: "pausing";
      readonly tag?: string;
      readonly wanted: "change" | "refresh";
      readonly failures: number;
    };

type Sending = PublicationState & { phase: "sending" };
type Pausing = PublicationState & { phase: "pausing" };
type Accepted = { readonly type: "accepted"; readonly tag?: string; readonly expires: number };

export type PublicationInput =
  /** There is something new to publish. */
  | { readonly type: "publish" }
  | { readonly type: "remove" }
  | Accepted
  | Failed
  | { readonly type: "refreshDue" }
  | { readonly type: "expired" }
  | { readonly type: "retryDue" };

export type PublicationEffect =
  | { readonly type: "send"; readonly operation: PublishOperation; readonly tag?: string }
  /** Asks for this many seconds from now on. */
  | { readonly type: "ask"; readonly seconds: number }
  | { readonly type: "refreshIn"; readonly seconds: number }
  | { readonly type: "expireIn"; readonly seconds: number }
  | { readonly type: "retryIn"; readonly seconds: number }
  /** Stops all timers. */
  | { readonly type: "rest" }
  | { readonly type: "report"; readonly outcome: "published" | "removed" }
  | { readonly type: "report"; readonly outcome: "failed"; readonly status: number };

export interface PublicationStep {
  readonly state: PublicationState;
  readonly effects: readonly PublicationEffect[];
}

/** Failures that pass. Any other says that this will not do (RFC 3903 §4.1, RFC 3261 §21). */
const PASSING = new Set([408, 412, 480, 486, 491, 500, 502, 503, 504, 600]);
const FIRST_RETRY = 30;
const LAST_RETRY = 1800;
/** No Min-Expires above a week is obeyed. */
const LONGEST = 604_800;
const SHORTEST_REFRESH = 5;

const go = (state: PublicationState, ...effects: PublicationEffect[]): PublicationStep => ({ state, effects });
const rest = { type: "rest" } as const;
const published = { type: "report", outcome: "published" } as const;
const idle = (outcome: PublicationEffect & { type: "report" }): PublicationStep => go({ phase: "idle" }, rest, outcome);
const removed = (): PublicationStep => idle({ type: "report", outcome: "removed" });

const tagged = (tag: string | undefined): { readonly tag?: string } => (tag === undefined ? {} : { tag });

function send(operation: PublishOperation, tag: string | undefined, failures = 0): PublicationStep {
  const own = operation === "initial" ? {} : tagged(tag);
  return go(
    { phase: "sending", operation, ...own, raised: false, restarted: false, failures },
    { type: "send", operation, ...own },
  );
}

const sendChange = (tag: string | undefined, failures = 0): PublicationStep =>
  send(tag === undefined ? "initial" : "modify", tag, failures);

/** Without a tag nothing can be removed: it lapses. */
const sendRemove = (tag: string | undefined): PublicationStep => {
  if (tag === undefined) return removed();
  const { state, effects } = send("remove", tag);
  return go(state, rest, ...effects);
};

/** A minute before the end, or at half. */
const refreshIn = (expires: number): PublicationEffect => ({
  type: "refreshIn",
  seconds: Math.max(SHORTEST_REFRESH, expires > 120 ? expires - 60 : Math.floor(expires / 2)),
});

export function stepPublication(state: PublicationState, input: PublicationInput): PublicationStep {
  switch (state.phase) {
    case "idle":
      return input.type === "publish" ? send("initial", undefined) : go(state);
    case "sending":
      return sending(state, input);
    case "published":
      return standing(state, input);
    case "pausing":
      return pausing(state, input);
    default:
      return assertNever(state);
  }
}

function standing(state: PublicationState & { phase: "published" }, input: PublicationInput): PublicationStep {
  switch (input.type) {
    case "publish":
      return sendChange(state.tag);
    case "remove":
      return sendRemove(state.tag);
    case "refreshDue":
      return send(state.tag === undefined ? "initial" : "refresh", state.tag);
    case "expired":
      return send("initial", undefined);
    default:
      return go(state);
  }
}

function pausing(state: Pausing, input: PublicationInput): PublicationStep {
  const { tag, wanted, failures } = state;
  switch (input.type) {
    case "publish":
      return go({ ...state, wanted: "change" });
    case "remove":
      return sendRemove(tag);
    case "expired":
      return go({ phase: "pausing", wanted, failures });
    case "retryDue":
      return wanted === "refresh" && tag !== undefined ? send("refresh", tag, failures) : sendChange(tag, failures);
    default:
      return go(state);
  }
}

function sending(state: Sending, input: PublicationInput): PublicationStep {
  switch (input.type) {
    case "publish":
      return go({ ...state, queued: "change" });
    case "remove":
      return state.operation === "remove" ? go(withoutQueue(state)) : go({ ...state, queued: "remove" });
    case "accepted":
      return accepted(state, input);
    case "failed":
      return failed(state, input);
    default:
      return go(state);
  }
}

function withoutQueue({ queued: _, ...state }: Sending): Sending {
  return state;
}

function accepted(state: Sending, { tag, expires }: Accepted): PublicationStep {
  const { operation, queued } = state;
  if (operation === "remove") return queued === "change" ? send("initial", undefined) : removed();
  // S29: the tag we had may still hold when the answer brings none.
  const own = tag ?? state.tag;
  const timers: PublicationEffect[] = [refreshIn(expires), { type: "expireIn", seconds: Math.max(1, expires) }];
  if (queued !== undefined) {
    const next = queued === "change" ? sendChange(own) : sendRemove(own);
    return queued === "change" ? go(next.state, ...timers, ...next.effects) : next;
  }
  const news = operation === "refresh" ? [] : [published];
  return go({ phase: "published", ...tagged(own) }, ...timers, ...news);
}

function failed(state: Sending, input: Failed): PublicationStep {
  const { operation, queued, tag, raised, restarted, failures } = state;
  const { status, retryAfter, minExpires = 0 } = input;
  if (operation === "remove") {
    if (queued === "change") return send("initial", undefined);
    return status === 412 ? removed() : idle({ type: "report", outcome: "failed", status });
  }
  if (queued === "remove") return sendRemove(status === 412 ? undefined : tag);
  if (status === 423 && !raised && minExpires > 0 && minExpires <= LONGEST) {
    // Sent again with a body, it carries the latest.
    const again = operation === "refresh" ? state : withoutQueue(state);
    return go(
      { ...again, raised: true },
      { type: "ask", seconds: minExpires },
      { type: "send", operation, ...tagged(tag) },
    );
  }
  if (status === 412 && !restarted) {
    return go({ phase: "sending", operation: "initial", raised: false, restarted: true, failures }, rest, {
      type: "send",
      operation: "initial",
    });
  }
  const own = status === 412 ? undefined : tag;
  if (!PASSING.has(status)) {
    // What came meanwhile may be acceptable.
    return queued === "change" ? sendChange(own) : idle({ type: "report", outcome: "failed", status });
  }
  const wanted = queued === "change" || operation !== "refresh" ? "change" : "refresh";
  const seconds = Math.min(Math.max(retryAfter ?? FIRST_RETRY * 2 ** failures, 1), LAST_RETRY);
  return go({ phase: "pausing", ...tagged(own), wanted, failures: failures + 1 }, { type: "retryIn", seconds });
}
