/**
 * INVITE server transaction (RFC 3261 §17.2.1 figure 7, with the accepted state of RFC 6026 §8.7). Pure. What the user
 * answers is an input; a 2xx is repeated by the dialog until its ACK, not here.
 *
 *   proceeding ──2xx──▶ accepted ──L──▶ terminated     absorbs repeated INVITEs; further 2xx go out as they come
 *       │ 300-699
 *       ▼
 *   completed ──ACK──▶ confirmed ──I──▶ terminated     timer G: again, doubling to T2 (unreliable only)
 *       └──H: no ACK ever──▶ terminated
 */
import { arm, disarm, type ServerInput, step, type TransactionStep } from "./machine.ts";
import { PATIENCE, T1, T2, T4 } from "./timers.ts";

export type InviteServerState =
  | { readonly name: "proceeding" }
  | { readonly name: "completed"; readonly interval: number }
  | { readonly name: "confirmed" }
  | { readonly name: "accepted" }
  | { readonly name: "terminated" };

export function stepInviteServer(
  state: InviteServerState,
  input: ServerInput,
  reliable: boolean,
): TransactionStep<InviteServerState> {
  const terminated: InviteServerState = { name: "terminated" };
  switch (state.name) {
    case "proceeding":
      if (input.type === "repeated") return step(state, { type: "send" });
      if (input.type === "transportFailed") return step(terminated, { type: "failed" }, { type: "end" });
      if (input.type !== "respond") return step(state);
      if (input.status < 200) return step(state, { type: "send" });
      if (input.status < 300) return step({ name: "accepted" }, { type: "send" }, arm("L", PATIENCE));
      return step(
        { name: "completed", interval: T1 },
        { type: "send" },
        ...(reliable ? [] : [arm("G", T1)]),
        arm("H", PATIENCE),
      );
    case "completed":
      if (input.type === "repeated") return step(state, { type: "send" });
      if (input.type === "ack") {
        const quiet = [disarm("G"), disarm("H")];
        return reliable ? step(terminated, { type: "end" }) : step({ name: "confirmed" }, ...quiet, arm("I", T4));
      }
      if (input.type === "transportFailed") return step(terminated, { type: "failed" }, { type: "end" });
      if (input.type !== "timer") return step(state);
      if (input.timer === "G") {
        const interval = Math.min(state.interval * 2, T2);
        return step({ name: "completed", interval }, { type: "send" }, arm("G", interval));
      }
      return input.timer === "H" ? step(terminated, { type: "timedOut" }, { type: "end" }) : step(state);
    case "confirmed":
      return input.type === "timer" && input.timer === "I" ? step(terminated, { type: "end" }) : step(state);
    case "accepted":
      // The dialog repeats its 2xx through here; a repeated INVITE is answered by that.
      if (input.type === "respond" && input.status >= 200 && input.status < 300) return step(state, { type: "send" });
      return input.type === "timer" && input.timer === "L" ? step(terminated, { type: "end" }) : step(state);
    case "terminated":
      return step(state);
  }
}
