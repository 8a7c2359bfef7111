/**
 * One offer from its arrival to its end, as a pure machine. The files decide it: each ends exactly once.
 *
 *               decided(some)                 every file settled
 *   deciding ────────────────▶ receiving ───────────────────────▶ releasing ──BYE, grace over──▶ ended
 *      │                          │ BYE: media closed, files settle      ▲
 *      │                          └──────────────────────────────────────┘ (then without a BYE of ours)
 *      └─ decided(none), withdrawn, expired, stopping ──▶ ended
 *
 * Stopping cuts short what is being received. In releasing it only shortens the grace: the answer that confirms the
 * last file is on its way over MSRP, and a BYE over SIP that overtook it would tell the sender that the file had failed.
 */
import type { OfferRecord, Outcome } from "../contract/index.ts";
import { assertNever, ERRORS, type Reason, reason } from "../kernel/index.ts";
import { offerOutcome } from "../store/index.ts";

export type FileState = OfferRecord["files"][number]["outcome"];

export interface OfferState {
  readonly phase: "deciding" | "receiving" | "releasing" | "ended";
  readonly files: readonly FileState[];
  /** The other side ended the session, or it never stood. */
  readonly released: boolean;
  /** Of the first file that failed. */
  readonly reason?: Reason;
}

export type OfferInput =
  /** The others are rejected. */
  | {
      readonly type: "decided";
      readonly accept: ReadonlySet<number>;
      /** Of the accepted ones, those that are here already and need not be fetched. */
      readonly held?: ReadonlySet<number>;
      /** Of the others, those on which nobody decided in time. */
      readonly expired?: ReadonlySet<number>;
      /** Why nothing is taken, where that is not the person. */
      readonly reason?: Reason;
    }
  /** CANCEL before an answer. */
  | { readonly type: "withdrawn"; readonly reason: Reason }
  | { readonly type: "expired" }
  /** The agent stops. */
  | { readonly type: "stopping" }
  | { readonly type: "fileCompleted"; readonly index: number }
  | { readonly type: "fileFailed"; readonly index: number; readonly reason: Reason }
  /** The person cancels one file. */
  | { readonly type: "fileCancelled"; readonly index: number }
  /** A re-INVITE set the line to port 0. */
  | { readonly type: "lineClosed"; readonly index: number }
  /** BYE, or the ACK never came. */
  | { readonly type: "released"; readonly words?: string }
  | { readonly type: "graceOver" };

export type OfferEffect =
  | { readonly type: "accept"; readonly lines: ReadonlySet<number> }
  | { readonly type: "reject"; readonly status: number; readonly reason: Reason }
  /** What became of a file, for the history. */
  | { readonly type: "settle"; readonly index: number; readonly state: FileState; readonly reason?: Reason }
  /** Stop receiving this file: what is there is thrown away. */
  | { readonly type: "stopFile"; readonly index: number; readonly reason: Reason }
  /** The session is over: no more octets can come, but what is complete is still verified and kept. */
  | { readonly type: "closeMedia"; readonly index: number; readonly words?: string | undefined }
  | { readonly type: "end"; readonly outcome: Outcome; readonly reason?: Reason }
  /** Wait for the sender's BYE: as long as usual, or as long as a stop may wait. */
  | { readonly type: "startGrace"; readonly stopping?: true }
  | { readonly type: "bye" };

export interface OfferStep {
  readonly state: OfferState;
  readonly effects: readonly OfferEffect[];
}

export const newOffer = (files: number): OfferState => ({
  phase: "deciding",
  files: Array<FileState>(files).fill("open"),
  released: false,
});

/** One that outlived a stop: its files as they were recorded, some of them still to be decided or received. */
export const keptOffer = (files: readonly FileState[]): OfferState => ({
  phase: files.includes("receiving") ? "receiving" : "deciding",
  files,
  released: false,
});

const NONE: ReadonlySet<number> = new Set();

const stay = (state: OfferState): OfferStep => ({ state, effects: [] });

export function stepOffer(state: OfferState, input: OfferInput): OfferStep {
  switch (state.phase) {
    case "deciding":
      return decide(state, input);
    case "receiving":
      return receive(state, input);
    case "releasing":
      if (input.type === "released") return stay({ ...state, phase: "ended", released: true });
      if (input.type === "graceOver") return release(state);
      if (input.type !== "stopping") return stay(state);
      return state.files.includes("completed")
        ? { state, effects: [{ type: "startGrace", stopping: true }] }
        : release(state);
    case "ended":
      return stay(state);
    default:
      return assertNever(state.phase);
  }
}

const release = (state: OfferState): OfferStep => ({
  state: { ...state, phase: "ended", released: true },
  effects: [{ type: "bye" }],
});

function decide(state: OfferState, input: OfferInput): OfferStep {
  switch (input.type) {
    case "decided": {
      const { accept, held = NONE, expired = NONE, reason: why = reason("INLET_OFFER_REJECTED") } = input;
      if (accept.size === 0) {
        return refuseAll(state, "rejected", { type: "reject", status: ERRORS[why.code].sip ?? 603, reason: why });
      }
      const late = expired.size > 0 ? { reason: reason("INLET_OFFER_EXPIRED") } : {};
      const files = state.files.map((_, index): FileState => {
        if (held.has(index)) return "completed";
        if (expired.has(index)) return "expired";
        return accept.has(index) ? "receiving" : "rejected";
      });
      const settled = files.map(
        (file, index): OfferEffect => ({ type: "settle", index, state: file, ...(file === "expired" && late) }),
      );
      if (files.includes("receiving")) {
        const lines = new Set([...accept].filter((index) => !held.has(index)));
        return {
          state: { ...state, phase: "receiving", files, ...late },
          effects: [...settled, { type: "accept", lines }],
        };
      }
      const outcome = offerOutcome(files);
      return {
        state: { ...state, phase: "ended", files, released: true },
        effects: [
          { type: "reject", status: 488, reason: reason("INLET_OFFER_HELD") },
          ...settled,
          { type: "end", outcome, ...(outcome !== "completed" && late) },
        ],
      };
    }
    case "withdrawn":
      return refuseAll(state, "cancelled", undefined, input.reason);
    case "expired":
      return refuseAll(state, "expired", { type: "reject", status: 480, reason: reason("INLET_OFFER_EXPIRED") });
    case "stopping":
      return refuseAll(state, "expired", { type: "reject", status: 480, reason: reason("INLET_STOPPING") });
    case "released":
      return refuseAll(state, "cancelled", undefined, reason("INLET_OFFER_WITHDRAWN", input.words));
    case "fileCompleted":
    case "fileFailed":
    case "fileCancelled":
    case "lineClosed":
    case "graceOver":
      return stay(state);
    default:
      return assertNever(input);
  }
}

function refuseAll(
  state: OfferState,
  outcome: "rejected" | "cancelled" | "expired",
  answer: (OfferEffect & { type: "reject" }) | undefined,
  why = answer?.reason,
): OfferStep {
  const files = state.files.map((): FileState => outcome);
  const because = why === undefined ? {} : { reason: why };
  return {
    state: { ...state, phase: "ended", files, released: true, ...because },
    effects: [
      ...(answer === undefined ? [] : [answer]),
      ...files.map((file, index): OfferEffect => ({ type: "settle", index, state: file, ...because })),
      { type: "end", outcome, ...because },
    ],
  };
}

function receive(state: OfferState, input: OfferInput): OfferStep {
  switch (input.type) {
    case "fileCompleted":
      return settle(state, input.index, "completed");
    case "fileFailed":
      return settle(state, input.index, "failed", input.reason);
    case "fileCancelled": {
      const why = reason("INLET_TRANSFER_CANCELLED");
      return settle(state, input.index, "cancelled", why, { type: "stopFile", index: input.index, reason: why });
    }
    case "lineClosed":
      if (state.files[input.index] !== "receiving") return stay(state);
      return { state, effects: [{ type: "closeMedia", index: input.index }] };
    case "released": {
      if (state.released) return stay(state);
      const open = state.files.flatMap((file, index) => (file === "receiving" ? [index] : []));
      return {
        state: { ...state, released: true },
        effects: open.map((index): OfferEffect => ({ type: "closeMedia", index, words: input.words })),
      };
    }
    case "stopping": {
      const why = reason("INLET_STOPPING");
      const steps = state.files.flatMap((file, index) => (file === "receiving" ? [index] : []));
      let step: OfferStep = stay(state);
      for (const index of steps) {
        const next = settle(step.state, index, "failed", why, { type: "stopFile", index, reason: why });
        step = { state: next.state, effects: [...step.effects, ...next.effects] };
      }
      const last = step.state.phase === "releasing" ? release(step.state) : stay(step.state);
      return { state: last.state, effects: [...step.effects, ...last.effects] };
    }
    case "decided":
    case "withdrawn":
    case "expired":
    case "graceOver":
      return stay(state);
    default:
      return assertNever(input);
  }
}

function settle(
  state: OfferState,
  index: number,
  file: "completed" | "failed" | "cancelled",
  why?: Reason,
  before?: OfferEffect,
): OfferStep {
  if (state.files[index] !== "receiving") return stay(state);
  const files = state.files.with(index, file);
  const first = state.reason ?? why;
  const settled: OfferState = { ...state, files, ...(first !== undefined && { reason: first }) };
  const effects: OfferEffect[] = before === undefined ? [] : [before];
  effects.push({ type: "settle", index, state: file, ...(why !== undefined && { reason: why }) });
  if (files.includes("receiving")) return { state: settled, effects };

  const outcome = offerOutcome(files);
  effects.push({ type: "end", outcome, ...(outcome !== "completed" && first !== undefined && { reason: first }) });
  if (settled.released) return { state: { ...settled, phase: "ended" }, effects };
  return { state: { ...settled, phase: "releasing" }, effects: [...effects, { type: "startGrace" }] };
}
