/**
 * Non-INVITE server transaction (RFC 3261 §17.2.2 figure 8; no 1xx but 100, and that late, by RFC 4320). Pure.
 *
 *   trying ──1xx──▶ proceeding ──200-699──▶ completed ──J──▶ terminated
 *      └────────────200-699────────────────────▲       repeats its answer for 64·T1 (not kept on a reliable transport)
 */
import { arm, type ServerInput, step, type TransactionStep } from "./machine.ts";
import { PATIENCE } from "./timers.ts";

export type NonInviteServerState = { readonly name: "trying" | "proceeding" | "completed" | "terminated" };

export function stepNonInviteServer(
  state: NonInviteServerState,
  input: ServerInput,
  reliable: boolean,
): TransactionStep<NonInviteServerState> {
  const terminated: NonInviteServerState = { name: "terminated" };
  if (state.name === "terminated") return step(state);
  if (input.type === "transportFailed") return step(terminated, { type: "failed" }, { type: "end" });
  if (state.name === "completed") {
    if (input.type === "repeated") return step(state, { type: "send" });
    return input.type === "timer" && input.timer === "J" ? step(terminated, { type: "end" }) : step(state);
  }
  if (input.type === "repeated") return state.name === "proceeding" ? step(state, { type: "send" }) : step(state);
  if (input.type !== "respond") return step(state);
  if (input.status < 200) return step({ name: "proceeding" }, { type: "send" });
  if (reliable) return step(terminated, { type: "send" }, { type: "end" });
  return step({ name: "completed" }, { type: "send" }, arm("J", PATIENCE));
}
