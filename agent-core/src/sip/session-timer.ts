/**
 * Session timers (RFC 4028): what a called one agrees to, and the machine that keeps an agreed session alive or ends it.
 * Pure.
 *
 *   off ──agreed──▶ running ──due (ours: at half)──▶ refreshing ──2xx──▶ running
 *    ▲                 │ expired (theirs: N − min(32, N/3))   │ 408, 481, no answer, too late
 *    └──a 2xx without──┴──────────────▶ over ◀────────────────┘
 *
 * A refresh that fails otherwise is tried again until the session would expire.
 */
import { assertNever, readable } from "../kernel/index.ts";
import {
  formatSessionExpires,
  type Header,
  headerValue,
  MIN_SE,
  optionTags,
  parseMinSe,
  parseSessionExpires,
  type SipRequest,
  type SipResponse,
} from "../wire/sip/index.ts";

/** Asked for, and given where the caller asks for nothing (§4 recommends it). */
export const SESSION_INTERVAL = 1800;
/** Longest interval taken; a peer that asks for more is given this. */
const LONGEST = 86_400;

export interface Agreement {
  /** Seconds. */
  readonly interval: number;
  readonly refresher: "us" | "them";
}

/** What the called one answers with (§9): headers of the 2xx and what was agreed, or a refusal with 422. */
export type TimerAnswer =
  | { readonly accept: true; readonly headers: readonly Header[]; readonly agreement?: Agreement }
  | { readonly accept: false; readonly headers: readonly Header[] };

/** Fails with INLET_SIP_SYNTAX where a header cannot be read. */
export function answerTimer(request: SipRequest): TimerAnswer {
  const stated = headerValue(request, "session-expires");
  const minimum = parseMinSe(headerValue(request, "min-se"));
  const understands = [...optionTags(request, "supported"), ...optionTags(request, "require")].includes("timer");
  if (stated === undefined && !understands) return { accept: true, headers: [] };
  const asked = stated === undefined ? undefined : parseSessionExpires(stated);
  if (asked !== undefined && asked.interval < MIN_SE && understands) {
    return { accept: false, headers: [{ name: "min-se", value: `${MIN_SE}` }] };
  }
  const interval = Math.max(minimum, Math.min(asked?.interval ?? SESSION_INTERVAL, LONGEST));
  // §9 table 2: a caller that does not know timers cannot refresh; otherwise it does unless it said we should.
  const refresher = !understands || asked?.refresher === "uas" ? "uas" : "uac";
  const value = formatSessionExpires({ interval, refresher });
  const require = understands ? [{ name: "require", value: "timer" }] : [];
  return {
    accept: true,
    headers: [{ name: "session-expires", value }, ...require],
    agreement: { interval, refresher: refresher === "uas" ? "us" : "them" },
  };
}

/** What the caller has agreed to by a 2xx (§7.2); undefined: no timer runs. A header that cannot be read is none. */
export function agreedByResponse(response: SipResponse): Agreement | undefined {
  const value = headerValue(response, "session-expires");
  if (value === undefined) return undefined;
  const { interval, refresher } = parseSessionExpires(value);
  return { interval: Math.max(interval, MIN_SE), refresher: refresher === "uas" ? "them" : "us" };
}

/** What a 422 asks for (§7.3); one that cannot be read asks for nothing. */
export const intervalAskedBy = (response: SipResponse): number =>
  readable(() => parseMinSe(headerValue(response, "min-se"))) ?? MIN_SE;

/** What a request of ours says of the timer (§7.1, §7.4). `minimum`: the largest that a 422 asked for. */
export function timerHeaders({ interval, refresher }: Agreement, minimum = MIN_SE): readonly Header[] {
  const value = formatSessionExpires({ interval, refresher: refresher === "us" ? "uac" : "uas" });
  const least = minimum > MIN_SE ? [{ name: "min-se", value: `${minimum}` }] : [];
  return [{ name: "session-expires", value }, ...least];
}

export type SessionTimerState =
  | { readonly phase: "off" }
  | { readonly phase: "running"; readonly agreement: Agreement }
  | { readonly phase: "refreshing"; readonly agreement: Agreement }
  | { readonly phase: "over" };

export type SessionTimerInput =
  /** A 2xx to an INVITE, re-INVITE or UPDATE of either side; without an agreement it stops the timer. */
  | { readonly type: "agreed"; readonly agreement?: Agreement }
  | { readonly type: "refreshDue" }
  | { readonly type: "refreshFailed"; readonly status: number }
  | { readonly type: "expired" }
  | { readonly type: "stop" };

export type SessionTimerEffect =
  | { readonly type: "refreshIn"; readonly seconds: number }
  /** The session ends then, unless something is agreed before. */
  | { readonly type: "expireIn"; readonly seconds: number }
  | { readonly type: "refresh"; readonly interval: number }
  | { readonly type: "disarm" }
  | { readonly type: "bye" };

export interface SessionTimerStep {
  readonly state: SessionTimerState;
  readonly effects: readonly SessionTimerEffect[];
}

/** Between two tries of a refresh that failed for a passing reason. */
const RETRY = 10;

const go = (state: SessionTimerState, ...effects: SessionTimerEffect[]): SessionTimerStep => ({ state, effects });

export function stepSessionTimer(state: SessionTimerState, input: SessionTimerInput): SessionTimerStep {
  if (state.phase === "over") return go(state);
  switch (input.type) {
    case "agreed":
      return input.agreement === undefined ? go({ phase: "off" }, { type: "disarm" }) : begin(input.agreement);
    case "stop":
      return go({ phase: "over" }, { type: "disarm" });
    case "refreshDue":
      if (state.phase !== "running") return go(state);
      return go(
        { phase: "refreshing", agreement: state.agreement },
        { type: "refresh", interval: state.agreement.interval },
      );
    case "refreshFailed":
      if (state.phase !== "refreshing") return go(state);
      if (input.status === 408 || input.status === 481) return end();
      return go({ phase: "running", agreement: state.agreement }, { type: "refreshIn", seconds: RETRY });
    case "expired":
      return state.phase === "off" ? go(state) : end();
    default:
      return assertNever(input);
  }
}

const end = (): SessionTimerStep => go({ phase: "over" }, { type: "disarm" }, { type: "bye" });

function begin(agreement: Agreement): SessionTimerStep {
  const { interval, refresher } = agreement;
  const state: SessionTimerState = { phase: "running", agreement };
  // §10: whoever does not refresh ends it a little before the end; the refresher at the end itself.
  if (refresher === "them") {
    return go(
      state,
      { type: "disarm" },
      { type: "expireIn", seconds: interval - Math.min(32, Math.floor(interval / 3)) },
    );
  }
  return go(
    state,
    { type: "disarm" },
    { type: "refreshIn", seconds: Math.floor(interval / 2) },
    { type: "expireIn", seconds: interval },
  );
}
