/** A WebSocket as a carrier. A page that does not read is cut off (1013) before what waits for it fills the memory. */
import type { UiPort } from "@inlet/agent-core";
import { LIMITS } from "@inlet/agent-core/kernel";
import type { WebSocket } from "ws";

export function socketPort(socket: WebSocket, backlog: number = LIMITS.uiBacklog): UiPort {
  // ws reports a broken frame or one above maxPayload here and closes by itself.
  socket.on("error", () => undefined);
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify(message));
      // From here on nothing more is queued; ws drops the connection if the other side does not read this either.
      if (socket.bufferedAmount > backlog) socket.close(1013);
    },
    onMessage(listener) {
      socket.on("message", (data, isBinary) => {
        if (isBinary) socket.close(1003);
        else listener(parse(data.toString()));
      });
    },
    onClose(listener) {
      socket.on("close", listener);
    },
  };
}

/** What is no JSON becomes undefined, which the contract then refuses as any other malformed envelope. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
