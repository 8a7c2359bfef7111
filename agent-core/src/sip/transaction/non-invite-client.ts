/**
 * Non-INVITE client transaction (RFC 3261 §17.1.2, figure 6). Pure.
 *
 *   trying ──1xx──▶ proceeding          timer E: again, doubling to T2 (unreliable only); timer F: nobody answered
 *      └──200-699──┬───┘
 *                  ▼
 *              completed ──K──▶ terminated       absorbs repeated answers for T4 (at once on a reliable transport)
 */
import { arm, type ClientInput, disarm, step, type TransactionStep } from "./machine.ts";
import { PATIENCE, T1, T2, T4 } from "./timers.ts";

export type NonInviteClientState =
  | { readonly name: "idle" }
  | { readonly name: "trying"; readonly interval: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated" };

export function stepNonInviteClient(
  state: NonInviteClientState,
  input: ClientInput,
  reliable: boolean,
): TransactionStep<NonInviteClientState> {
  const terminated: NonInviteClientState = { name: "terminated" };
  switch (state.name) {
    case "idle":
      if (input.type !== "start") return step(state);
      return step(
        { name: "trying", interval: T1 },
        { type: "send" },
        ...(reliable ? [] : [arm("E", T1)]),
        arm("F", PATIENCE),
      );
    case "trying":
    case "proceeding":
      switch (input.type) {
        case "response":
          if (input.status < 200) return step({ name: "proceeding" }, { type: "pass" });
          if (reliable) return step(terminated, { type: "pass" }, { type: "end" });
          return step({ name: "completed" }, disarm("E"), disarm("F"), { type: "pass" }, arm("K", T4));
        case "timer": {
          if (input.timer === "F") return step(terminated, { type: "timedOut" }, { type: "end" });
          if (input.timer !== "E") return step(state);
          if (state.name === "proceeding") return step(state, { type: "send" }, arm("E", T2));
          const interval = Math.min(state.interval * 2, T2);
          return step({ name: "trying", interval }, { type: "send" }, arm("E", interval));
        }
        case "transportFailed":
          return step(terminated, { type: "failed" }, { type: "end" });
        case "start":
        case "cancelled":
          return step(state);
      }
      break;
    case "completed":
      return input.type === "timer" && input.timer === "K" ? step(terminated, { type: "end" }) : step(state);
    case "terminated":
      return step(state);
  }
}
