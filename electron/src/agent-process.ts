/**
 * The agent's own process (Electron's utility process). A blocked main process blocks every window, so the agent is
 * not in it; and what brings this process down brings no window down.
 */
import { type Agent, answerRequest, connectUi, startAgent } from "@inlet/agent-core";
import { InletError, jsonLog, type Log, reason } from "@inlet/agent-core/kernel";
import type { FromAgent, ToAgent } from "./messages.ts";
import { windowPort } from "./window-port.ts";

const log: Log = jsonLog((line) => process.stderr.write(line), "warn");
const main = process.parentPort;
const tell = (message: FromAgent): void => main.postMessage(message);

let starting: Promise<Agent> | undefined;

async function start(config: Extract<ToAgent, { type: "start" }>["config"]): Promise<Agent> {
  const agent = await startAgent({ ...config, log });
  agent.subscribe((message) => {
    if ("event" in message) tell({ type: "event", event: message });
  });
  void agent.stopped.then(() => process.exit(0));
  tell({ type: "started" });
  return agent;
}

async function receive(message: ToAgent, ports: readonly Electron.MessagePortMain[]): Promise<void> {
  switch (message.type) {
    case "start":
      starting = start(message.config);
      await starting;
      return;
    case "connect": {
      const [port] = ports;
      const agent = await starting;
      if (agent !== undefined && port !== undefined) connectUi(agent, windowPort(agent, port, log), log);
      return;
    }
    case "execute": {
      const agent = await starting;
      const { id, command, params } = message;
      if (agent !== undefined)
        tell({ type: "answer", response: await answerRequest(agent, { id, command, params }, log) });
      return;
    }
    case "stop":
      await (await starting)?.stop();
      process.exit(0);
  }
}

main.on("message", ({ data, ports }) => {
  receive(data as ToAgent, ports).catch((error: unknown) => {
    const expected = error instanceof InletError;
    if (!expected) log("error", "agentFailed", { error: error instanceof Error ? error.stack : String(error) });
    tell({ type: "failed", reason: expected ? error.reason : reason("INLET_INTERNAL") });
  });
});
