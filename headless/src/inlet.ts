/** The `inlet` command: finds the subcommand, and turns what it throws into words and an exit code. */
import { InletError, LIMITS, millis, systemClock } from "@inlet/agent-core/kernel";
import { usage } from "@inlet/agent-core/options";
import own from "../package.json" with { type: "json" };
import { asksForHelp, type Command, failureLine } from "./command-line.ts";

/** Loaded one at a time: `send` need not wait for what `receive` imports. */
const commands: Record<string, () => Promise<Command>> = {
  receive: async () => (await import("./commands/receive.ts")).receive,
  serve: async () => (await import("./commands/serve.ts")).serve,
  send: async () => (await import("./commands/send.ts")).send,
  trace: async () => (await import("./commands/trace.ts")).trace,
  provider: async () => (await import("./commands/provider.ts")).provider,
};

async function help(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`),
  );
  return `Usage: inlet COMMAND [options]

${lines.join("\n")}

inlet COMMAND --help says more, inlet --version which one this is.
Exit codes: 0 done, 1 failed, 2 the command line could not be understood.

Examples:
  inlet receive --aor sip:bob@example.net --password-file bob.txt
  inlet send --aor sip:anna@example.net --registrar "sip:127.0.0.1:5060;transport=tcp" --to sip:bob@example.net a.jpg
`;
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    (name === undefined ? process.stderr : process.stdout).write(await help());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`inlet ${own.version}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw usage(`there is no command "${name}"`);
  const command = await load();
  if (!asksForHelp(args)) return command.run(args);
  process.stdout.write(command.help);
  return 0;
}

/** What the person wrote cannot be understood. */
const MISUSE: ReadonlySet<string> = new Set(["INLET_USAGE", "INLET_SIP_URI", "INLET_SIP_TRANSPORT_UNSUPPORTED"]);

/** What was written is taken by its reader, or the reader has had its time. */
async function flush(): Promise<void> {
  const written = [process.stdout, process.stderr].map((out) => new Promise((done) => out.write("", done)));
  const { promise: late, resolve } = Promise.withResolvers<void>();
  using _timer = systemClock.after(millis(LIMITS.stop / 2), resolve);
  await Promise.race([Promise.all(written), late]);
}

// A reader that went away is no failure of ours; `write` tells its callback as well.
for (const out of [process.stdout, process.stderr]) out.on("error", () => undefined);
const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  const command = Object.hasOwn(commands, args[0] ?? "") ? `inlet ${args[0]}` : "inlet";
  process.stderr.write(`${error instanceof InletError ? "inlet: " : ""}${failureLine(error, `${command} --help`)}\n`);
  process.exitCode = error instanceof InletError && MISUSE.has(error.code) ? 2 : 1;
}
// Nothing of ours is open any more; an input that nobody closes would keep the process.
await flush();
process.exit();
