/**
 * A WebSocket as a carrier. A page that asks and does not read is not read itself, until it does; one that lets the agent's
 * own news pile up is cut off (1013) before they fill the memory; one that asks much leaves others their turn.
 */
import type { UiPort } from "@inlet/agent-core";
import { LIMITS } from "@inlet/agent-core/kernel";
import type { WebSocket } from "ws";
import { parseJson } from "../json.ts";

/** Octets that wait for the page, above which nothing more is read of it. */
const HOLD = 256 * 1024;
/** Messages that are taken in one turn of the event loop. */
const TURN = 64;

export function socketPort(socket: WebSocket, backlog: number = LIMITS.uiBacklog): UiPort {
  // ws reports a broken frame or one above maxPayload here and closes by itself.
  socket.on("error", () => undefined);
  /** Read already, and waiting for their turn: no more than one read of the socket holds, which is paused meanwhile. */
  const waiting: string[] = [];
  let take: (message: unknown) => void = () => undefined;
  let scheduled = false;
  const pump = (): void => {
    scheduled = false;
    for (let taken = 0; waiting.length > 0 && taken < TURN && socket.bufferedAmount <= HOLD; taken += 1) {
      take(parseJson(waiting.shift() ?? ""));
    }
    if (waiting.length === 0) socket.resume();
    // What waits for the page calls again when it has left.
    else if (socket.bufferedAmount <= HOLD) schedule();
  };
  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(pump);
  };
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify(message), schedule);
      // From here on nothing more is queued; ws drops the connection if the other side does not read this either.
      if (socket.bufferedAmount > backlog) socket.close(1013);
    },
    onMessage(listener) {
      take = listener;
      socket.on("message", (data, isBinary) => {
        if (isBinary) {
          socket.close(1003);
          return;
        }
        waiting.push(data.toString());
        socket.pause();
        schedule();
      });
    },
    onClose(listener) {
      socket.on("close", listener);
    },
  };
}
