/**
 * What every two-way carrier does (WebSocket, MessagePort), without knowing which it is: the state whole, then
 * patches and events as they happen, and an answer to each request under its id. A request that is not in the form
 * of the contract is answered with INLET_COMMAND_INVALID; nothing of a bug's message reaches the other side.
 */
import type { Agent } from "./agent.ts";
import { type AgentMessage, type CommandResponse, commandRequest } from "./contract/index.ts";
import { InletError, LIMITS, type Log, type Reason, reason, silentLog } from "./kernel/index.ts";

/** One connection to a user interface. Values are JSON-like; how they become bytes is the carrier's affair. */
export interface UiPort {
  send(message: AgentMessage): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** Connects a user interface to the agent until the port closes or the result is disposed. */
export function connectUi(agent: Agent, port: UiPort, log: Log = silentLog): Disposable {
  let open = true;
  let running = 0;
  const send = (message: AgentMessage): void => {
    if (open) port.send(message);
  };

  // Both in one turn: no change can fall between the snapshot and the subscription.
  send({ state: agent.state });
  const subscription = agent.subscribe(send);
  const close = (): void => {
    open = false;
    subscription[Symbol.dispose]();
  };
  port.onClose(close);

  port.onMessage((message) => {
    if (!open) return;
    if (running >= LIMITS.uiCommands) {
      send({ id: requestId(message), error: reason("INLET_TOO_MANY_COMMANDS") });
      return;
    }
    running += 1;
    void answerRequest(agent, message, log).then((response) => {
      running -= 1;
      send(response);
    });
  });
  return { [Symbol.dispose]: close };
}

/** Runs one request and makes its answer. Never fails. */
export async function answerRequest(agent: Agent, message: unknown, log: Log): Promise<CommandResponse> {
  const request = commandRequest.safeParse(message);
  if (!request.success) return { id: requestId(message), error: reason("INLET_COMMAND_INVALID") };
  const { id, command, params } = request.data;
  try {
    return { id, result: (await agent.execute(command, params ?? {})) ?? {} };
  } catch (error) {
    return { id, error: publicReason(error, log, command) };
  }
}

/** What the other side may know of a failure. A bug goes to the log whole and to the other side as its code only. */
export function publicReason(error: unknown, log: Log, command: string): Reason {
  if (error instanceof InletError) return error.reason;
  log("error", "commandFailed", {
    command,
    error: error instanceof Error ? (error.stack ?? error.message) : `${error}`,
  });
  return reason("INLET_INTERNAL");
}

/** The id of a message that may be anything, so that even a refusal finds its request. */
function requestId(message: unknown): number | string | null {
  if (typeof message !== "object" || message === null || !Object.hasOwn(message, "id")) return null;
  const id = commandRequest.shape.id.safeParse((message as { id: unknown }).id);
  return id.success ? id.data : null;
}
