/** `inlet receive`: an agent without a window. */
import { type Agent, startAgent } from "@inlet/agent-core";
import { InletError, jsonLine, type Log } from "@inlet/agent-core/kernel";
import { type Command, parseOptions } from "../command-line.ts";
import { startNdjsonHost } from "../ndjson/host.ts";
import { receiveOptions, receiveOptionsHelp, stderrLog, terminalLog, toAgentOptions } from "../receive-options.ts";
import { onEndRequest } from "../signals.ts";
import { firstEnd } from "../terminal/once.ts";
import { showToPerson } from "../terminal/person.ts";

const help = `Usage: inlet receive --aor ADDRESS [options]

Registers, waits for offers and messages, and keeps what is accepted. Ends on SIGINT or SIGTERM.

${receiveOptionsHelp}
  --json                 events as JSON lines on the standard output, commands as JSON lines on the standard input
  --once                 end after the first offer that ends, or the first message; exit code 0 when it was completed

Examples:
  inlet receive --aor sip:bob@example.net --user bob --password-file bob.txt
  inlet receive --aor sip:bob@example.net --registrar "sip:127.0.0.1:5060;transport=tcp" --password-file - \\
                --accept all --folder ./in --once
  inlet receive --aor sip:bob@example.net --password-file bob.txt --json
    {"event":"offer","id":"o1","files":[…]}
    {"id":1,"command":"offers.decide","params":{"offer":"o1","accept":[0]}}

docs/contract.md lists every event and command.
`;

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions(args, {
    ...receiveOptions,
    json: { type: "boolean" },
    once: { type: "boolean" },
  });
  const log = values.json === true ? stderrLog(values.log) : terminalLog(values.log);
  const options = await toAgentOptions(values, log);
  using end = onEndRequest();
  const agent = await startAgent(options).catch((error: unknown) => {
    // Who reads lines learns it from a line.
    if (values.json === true && error instanceof InletError) {
      process.stdout.write(jsonLine({ event: "error", ...error.reason }));
    }
    throw error;
  });
  const completed = values.once === true ? firstEnd(agent) : new Promise<never>(() => undefined);
  const stopped = Promise.race([end.asked, agent.stopped]).then(() => true);
  // Awaited here: `using` lets go of the signals as soon as this function returns.
  if (values.json === true) return await receiveAsJson(agent, stopped, completed, log);
  return await receiveAsPerson(agent, stopped, completed);
}

async function receiveAsJson(
  agent: Agent,
  stopped: Promise<boolean>,
  completed: Promise<boolean>,
  log: Log,
): Promise<number> {
  const host = startNdjsonHost({ agent, input: process.stdin, output: process.stdout, log });
  const success = await Promise.race([stopped, completed, host.readerGone.then(() => true)]);
  await agent.stop();
  await host.close();
  return success ? 0 : 1;
}

async function receiveAsPerson(agent: Agent, stopped: Promise<boolean>, completed: Promise<boolean>): Promise<number> {
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const asks = agent.state.settings.accept === "ask";
  if (asks && !interactive) {
    process.stderr.write(
      "Nobody can be asked here, so offers expire. To decide: --accept all, --accept none or --json\n",
    );
  }
  // A reader that went away (`inlet receive | head -1`) ends it.
  const { promise: readerGone, resolve: leave } = Promise.withResolvers<true>();
  process.stdout.on("error", () => leave(true));
  const shown = showToPerson({
    agent,
    output: process.stdout,
    ...(asks && interactive ? { input: process.stdin } : {}),
  });
  const success = await Promise.race([stopped, completed, readerGone]);
  await agent.stop();
  shown[Symbol.dispose]();
  return success ? 0 : 1;
}

export const receive: Command = { summary: "register and receive, without a window", help, run };
