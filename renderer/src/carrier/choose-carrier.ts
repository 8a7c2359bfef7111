/** Which way leads to the agent from this page; `undefined` when it was opened without a key. */
import { takeToken } from "./access-token.ts";
import type { Carrier } from "./carrier.ts";
import { MessagePortCarrier } from "./message-port.ts";
import { WebSocketCarrier } from "./web-socket.ts";

export function chooseCarrier(): Carrier | undefined {
  if (window.inletHost !== undefined) return new MessagePortCarrier(window.inletHost);
  const token = takeToken(window);
  return token === undefined ? undefined : new WebSocketCarrier(token);
}
