/**
 * INVITE client transaction (RFC 3261 §17.1.1 figure 5, with the accepted state of RFC 6026 §8.4). Pure.
 *
 *   calling ──1xx──▶ proceeding ──CANCEL──▶ cancelled      timer A: again, doubling (unreliable only)
 *      │   ╲             │  ╲                  │             timer B: nobody answered; or no final response within
 *      │    ╲            │   ╲                 ▼             64·T1 of a CANCEL (§9.1)
 *      │2xx ╲300-699  2xx│   ╲300-699
 *      ▼     ▼           ▼    ▼
 *   accepted completed  …     …          accepted passes every 2xx on for 64·T1 (timer M);
 *      └───M──▶ terminated ◀──D──┘       completed repeats its ACK for 32 s (timer D, 0 on a reliable transport)
 */
import { arm, type ClientInput, disarm, step, type TransactionStep } from "./machine.ts";
import { PATIENCE, T1 } from "./timers.ts";

export type InviteClientState =
  | { readonly name: "idle" }
  | { readonly name: "calling"; readonly interval: number }
  | { readonly name: "proceeding" }
  | { readonly name: "cancelled" }
  | { readonly name: "completed" }
  | { readonly name: "accepted" }
  | { readonly name: "terminated" };

export function stepInviteClient(
  state: InviteClientState,
  input: ClientInput,
  reliable: boolean,
): TransactionStep<InviteClientState> {
  const terminated: InviteClientState = { name: "terminated" };
  if (state.name === "terminated") return step(state);
  if (input.type === "transportFailed") {
    // After a final response only an ACK can have failed, which the other side asks for again.
    const settled = state.name === "completed" || state.name === "accepted";
    return settled ? step(state) : step(terminated, { type: "failed" }, { type: "end" });
  }
  switch (state.name) {
    case "idle":
      if (input.type !== "start") return step(state);
      return step(
        { name: "calling", interval: T1 },
        { type: "send" },
        ...(reliable ? [] : [arm("A", T1)]),
        arm("B", PATIENCE),
      );
    case "calling":
    case "proceeding":
      if (input.type === "response") return answered(input.status, reliable);
      if (input.type === "cancelled" && state.name === "proceeding")
        return step({ name: "cancelled" }, arm("B", PATIENCE));
      if (input.type !== "timer") return step(state);
      if (input.timer === "A" && state.name === "calling") {
        const interval = state.interval * 2;
        return step({ name: "calling", interval }, { type: "send" }, arm("A", interval));
      }
      if (input.timer === "B" && state.name === "calling")
        return step(terminated, { type: "timedOut" }, { type: "end" });
      return step(state);
    case "cancelled":
      // §9.1: who goes on ringing is given up all the same.
      if (input.type === "response" && input.status < 200) return step(state, { type: "pass" });
      if (input.type === "response") return answered(input.status, reliable);
      return input.type === "timer" && input.timer === "B"
        ? step(terminated, { type: "timedOut" }, { type: "end" })
        : step(state);
    case "completed":
      if (input.type === "response" && input.status >= 300) return step(state, { type: "ack" });
      return input.type === "timer" && input.timer === "D" ? step(terminated, { type: "end" }) : step(state);
    case "accepted":
      if (input.type === "response" && input.status >= 200 && input.status < 300) return step(state, { type: "pass" });
      return input.type === "timer" && input.timer === "M" ? step(terminated, { type: "end" }) : step(state);
  }
}

function answered(status: number, reliable: boolean): TransactionStep<InviteClientState> {
  const quiet = [disarm("A"), disarm("B")];
  if (status < 200) return step({ name: "proceeding" }, ...quiet, { type: "pass" });
  if (status < 300) return step({ name: "accepted" }, ...quiet, { type: "pass" }, arm("M", PATIENCE));
  if (reliable) return step({ name: "terminated" }, ...quiet, { type: "ack" }, { type: "pass" }, { type: "end" });
  return step({ name: "completed" }, ...quiet, { type: "ack" }, { type: "pass" }, arm("D", PATIENCE));
}
