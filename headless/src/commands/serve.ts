/** `inlet serve`: an agent with the web host, for a browser on this machine. */
import { type Agent, startAgent } from "@inlet/agent-core";
import type { Log } from "@inlet/agent-core/kernel";
import { parsePort } from "@inlet/agent-core/options";
import { type Command, parseOptions } from "../command-line.ts";
import { receiveOptions, receiveOptionsHelp, toAgentOptions } from "../receive-options.ts";
import { onEndRequest } from "../signals.ts";
import { showToPerson } from "../terminal/person.ts";
import { builtInterface } from "../web/built-interface.ts";
import { startWebHost } from "../web/host.ts";

const help = `Usage: inlet serve --aor ADDRESS [--port N] [options]

The agent with its user interface in a browser on this machine. Prints the address to open: it holds a token that
is new at each start. Ends on SIGINT or SIGTERM.

  --port N               port of the web host (default: a free one)
${receiveOptionsHelp}

Example:
  inlet serve --aor sip:bob@example.net --user bob --password-file bob.txt --port 4780
`;

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions(args, { ...receiveOptions, port: { type: "string" } });
  const port = parsePort(values.port ?? "0", "--port");
  const options = await toAgentOptions(values);
  using end = onEndRequest();
  const agent = await startAgent(options);
  try {
    await serveUntilEnded(agent, port, end.asked, options.log);
  } finally {
    await agent.stop();
  }
  return 0;
}

/** The web host beside an agent that runs, with lines about what happens. `npm start` does the same. */
export async function serveUntilEnded(agent: Agent, port: number, asked: Promise<void>, log?: Log): Promise<void> {
  using _shown = showToPerson({ agent, output: process.stdout });
  const host = await startWebHost({ agent, assets: builtInterface, port, ...(log === undefined ? {} : { log }) });
  process.stdout.write(`Inlet is ready. Open ${host.address}\n`);
  await Promise.race([asked, agent.stopped]);
  // The agent first: a window that is still open sees its account unregister.
  await agent.stop();
  await host.close();
}

export const serve: Command = { summary: "the same with its user interface in a browser on this machine", help, run };
