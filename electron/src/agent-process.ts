/**
 * The agent's own process (Electron's utility process). A blocked main process blocks every window, so the agent is
 * not in it; and what brings this process down brings no window down.
 */
import { answerRequest, connectUi, publicReason, type StartedAgent, startAgent } from "@inlet/agent-core";
import type { CommandResponse } from "@inlet/agent-core/contract";
import { jsonLog, type Log, reason } from "@inlet/agent-core/kernel";
import type { AgentConfig, FromAgent, ToAgent } from "./messages.ts";
import { windowPort } from "./window-port.ts";

const log: Log = jsonLog((line) => process.stderr.write(line), "warn");
const main = process.parentPort;
const tell = (message: FromAgent): void => main.postMessage(message);

/** Undefined before the start, and when the start has failed: the main process has then been told. */
let starting: Promise<StartedAgent | undefined> = Promise.resolve(undefined);

async function start(config: AgentConfig): Promise<StartedAgent | undefined> {
  try {
    const agent = await startAgent({ ...config, log });
    agent.subscribe((message) => {
      if ("event" in message) tell({ type: "event", event: message });
    });
    void agent.stopped.then(() => process.exit(0));
    tell({ type: "started" });
    return agent;
  } catch (error) {
    tell({ type: "failed", reason: publicReason(error, log, "start") });
    return undefined;
  }
}

async function receive(message: ToAgent, ports: readonly Electron.MessagePortMain[]): Promise<void> {
  if (message.type === "start") starting = start(message.config);
  const agent = await starting;
  switch (message.type) {
    case "start":
      return;
    case "connect": {
      const [port] = ports;
      if (agent !== undefined && port !== undefined) connectUi(agent, windowPort(agent, port, log), log);
      return;
    }
    case "execute": {
      const { id, command, params } = message;
      const response: CommandResponse =
        agent === undefined
          ? { id, error: reason("INLET_STOPPING") }
          : await answerRequest(agent, { id, command, params }, log);
      tell({ type: "answer", response });
      return;
    }
    case "suspended":
      agent?.suspended();
      return;
    case "resumed":
      agent?.resumed();
      return;
    case "stop":
      await agent?.stop();
      process.exit(0);
  }
}

main.on("message", ({ data, ports }) => void receive(data as ToAgent, ports));
