/**
 * `npm start`: everything a newcomer needs. The embedded provider with its demo, the agent, and a window: Electron
 * where its binary can be had, else the web host, whose address is printed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AgentOptions, startAgent } from "@inlet/agent-core";
import { InletError, type Log } from "@inlet/agent-core/kernel";
import { parsePort } from "@inlet/agent-core/options";
import { asksForHelp, failureLine, parseOptions } from "./command-line.ts";
import { serveUntilEnded } from "./commands/serve.ts";
import type { Demo } from "./demo.ts";
import { electronBinary } from "./electron-binary.ts";
import { defaultDataFolder } from "./folders.ts";
import {
  type ReceiveValues,
  receiveOptions,
  receiveOptionsHelp,
  terminalLog,
  toAgentOptions,
} from "./receive-options.ts";
import { type EndRequest, onEndRequest } from "./signals.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DEMO_DATA = join(defaultDataFolder(), "demo");

const help = `Usage: npm start -- [options]

Starts Inlet with its demo: a content provider on this machine greets you and offers three files.
Uses a desktop window where Electron is (npx install-electron fetches it), else a page in your browser, whose
address is printed.
Ctrl-C ends it. What was received is there again at the next start.

  --port N               port of the page (default: a free one)
  --data DIR             where the demo keeps everything (default ${DEMO_DATA})
  --browser              the page in the browser, also where Electron can be had
  --no-demo              your own account instead of the demo, with these options (--log is for both):
${receiveOptionsHelp}

Examples:
  npm start
  npm start -- --port 4780 --data ./demo
  npm start -- --no-demo --aor sip:bob@example.net --user bob --password-file bob.txt
`;

async function main(args: readonly string[]): Promise<void> {
  if (asksForHelp(args)) {
    process.stdout.write(help);
    return;
  }
  const { values } = parseOptions(args, {
    ...receiveOptions,
    port: { type: "string" },
    browser: { type: "boolean" },
    "no-demo": { type: "boolean" },
  });
  const port = parsePort(values.port ?? "0", "--port");
  const log = terminalLog(values.log);
  const electron = values.browser === true || values.port !== undefined ? undefined : electronBinary(ROOT);
  // Through npm this process is its child: npm that is killed must not leave it behind.
  using end = onEndRequest({ startedByNpm: process.env.npm_lifecycle_event === "start" });

  if (values["no-demo"] === true) {
    const options = await toAgentOptions(values);
    if (electron === undefined) await inBrowser(options, port, end, log);
    else await inWindow(electron, accountArguments(values), end);
    return;
  }
  const { startDemo } = await import("./demo.ts");
  const demo = await startDemo(values.data ?? DEMO_DATA, log);
  try {
    if (electron === undefined) await inBrowser(demo.agent, port, end, log);
    else await demoInWindow(electron, demo, end);
  } finally {
    await demo.stop();
  }
}

async function inBrowser(options: AgentOptions, port: number, end: EndRequest, log: Log): Promise<void> {
  const agent = await startAgent(options);
  try {
    await serveUntilEnded(agent, port, end.asked, log);
  } finally {
    await agent.stop();
  }
}

const demoInWindow = async (electron: string, demo: Demo, end: EndRequest): Promise<void> =>
  inWindow(electron, await demo.arguments(), end);

/** The window is a process of its own; it ends when it is closed or when this is asked to end. */
async function inWindow(electron: string, args: readonly string[], end: EndRequest): Promise<void> {
  const child = spawn(electron, [join(ROOT, "electron"), ...args], { stdio: "inherit" });
  void end.asked.then(() => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== null && code !== 0) process.exitCode = code;
}

/** The account options as they were given. */
const accountArguments = (values: ReceiveValues): string[] =>
  Object.keys(receiveOptions).flatMap((name) => {
    const value = values[name as keyof ReceiveValues];
    if (typeof value === "boolean") return value ? [`--${name}`] : [];
    return [value ?? []].flat().flatMap((one) => [`--${name}`, one]);
  });

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${failureLine(error, "npm start -- --help")}\n`);
  process.exitCode = error instanceof InletError && error.code === "INLET_USAGE" ? 2 : 1;
}
// Whatever an unforeseen fault has left open must not keep a process that has ended.
process.exit();
