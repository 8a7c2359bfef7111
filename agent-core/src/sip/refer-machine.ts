/**
 * A REFER from here and the subscription it implies (RFC 3515 §2.4, RFC 4488, RFC 7647), as a pure machine.
 *
 *             2xx, subscribed             NOTIFY 1xx              NOTIFY with a final status
 *   asking ───────────────────▶ waiting ─────────────▶ following ────────────────────────────▶ told
 *     │ NOTIFY before the 2xx ─────────────────────────▶ │                                       │ terminated, expired
 *     │ refused; 2xx with Refer-Sub: false                │ terminated, expired, Timer N          ▼
 *     └───────────────────────────────────────────────────┴──────────────────────────────▶ ended
 *
 * Timer N (64·T1) runs from the 2xx to the first NOTIFY. `told` only still answers what comes. That a subscription ended
 * without a final status says nothing of the referred-to request: its outcome is unknown.
 */
import { assertNever } from "../kernel/index.ts";

export type ReferState =
  | { readonly phase: "asking" }
  | { readonly phase: "waiting" }
  | { readonly phase: "following" }
  | { readonly phase: "told" }
  | { readonly phase: "ended" };

export type ReferOutcome =
  /** The REFER itself was answered from 300 up, or by nobody (408), or could not be sent (503). */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  /** Taken without a subscription: what becomes of it is seen otherwise. */
  | { readonly kind: "accepted" }
  /** The final status of the request that was referred to. */
  | { readonly kind: "finished"; readonly status: number; readonly reason: string }
  | { readonly kind: "unknown" };

interface StatusLine {
  readonly status: number;
  readonly reason: string;
}

export type ReferInput =
  | { readonly type: "accepted"; readonly subscribed: boolean }
  | ({ readonly type: "refused" } & StatusLine)
  /** `expires`: seconds that the subscription lasts. */
  | { readonly type: "notified"; readonly line?: StatusLine; readonly expires?: number }
  | { readonly type: "terminated"; readonly line?: StatusLine }
  | { readonly type: "notifyOverdue" }
  | { readonly type: "expired" };

export type ReferEffect =
  | { readonly type: "expectNotify" }
  | { readonly type: "expireIn"; readonly seconds: number }
  | ({ readonly type: "progress" } & StatusLine)
  | { readonly type: "settle"; readonly outcome: ReferOutcome }
  /** Forgets the dialog and all timers. */
  | { readonly type: "drop" };

export interface ReferStep {
  readonly state: ReferState;
  readonly effects: readonly ReferEffect[];
}

/** Where the notifier does not say, and at most: about as long as anybody is rung. */
const LONGEST = 300;

const go = (state: ReferState, ...effects: ReferEffect[]): ReferStep => ({ state, effects });
const drop = { type: "drop" } as const;
const end = (outcome: ReferOutcome): ReferStep => go({ phase: "ended" }, drop, { type: "settle", outcome });

export function stepRefer(state: ReferState, input: ReferInput): ReferStep {
  switch (state.phase) {
    case "asking":
    case "waiting":
    case "following":
      return open(state, input);
    case "told":
      return input.type === "terminated" || input.type === "expired" ? go({ phase: "ended" }, drop) : go(state);
    case "ended":
      return go(state);
    default:
      return assertNever(state);
  }
}

function open(state: ReferState & { phase: "asking" | "waiting" | "following" }, input: ReferInput): ReferStep {
  switch (input.type) {
    case "accepted":
      if (state.phase !== "asking") return go(state);
      return input.subscribed ? go({ phase: "waiting" }, { type: "expectNotify" }) : end({ kind: "accepted" });
    case "refused":
      // A NOTIFY that came before shows that it was taken.
      return state.phase === "asking"
        ? end({ kind: "refused", status: input.status, reason: input.reason })
        : go(state);
    case "notified":
      return notified(input.line, input.expires);
    case "terminated":
      return input.line !== undefined && input.line.status >= 200
        ? end({ kind: "finished", ...input.line })
        : end({ kind: "unknown" });
    case "notifyOverdue":
      return state.phase === "waiting" ? end({ kind: "unknown" }) : go(state);
    case "expired":
      return end({ kind: "unknown" });
    default:
      return assertNever(input);
  }
}

function notified(line: StatusLine | undefined, expires: number | undefined): ReferStep {
  const lasts = { type: "expireIn", seconds: Math.min(Math.max(expires ?? LONGEST, 1), LONGEST) } as const;
  if (line === undefined) return go({ phase: "following" }, lasts);
  if (line.status < 200) return go({ phase: "following" }, lasts, { type: "progress", ...line });
  return go({ phase: "told" }, lasts, { type: "settle", outcome: { kind: "finished", ...line } });
}
