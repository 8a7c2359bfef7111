/** `inlet provider`: the other side for demos, tests and small installations. */
import { parseHostPort, usage } from "@inlet/agent-core/options";
import { type Command, parseOptions } from "../command-line.ts";
import { secretFile } from "../password.ts";
import { stderrLog, warn } from "../receive-options.ts";
import { onEndRequest } from "../signals.ts";

const help = `Usage: inlet provider [--listen HOST:PORT] [--domain NAME] [--user NAME:PASSWORD]… [options]

A registrar and content provider in one process. Ends on SIGINT or SIGTERM.

  --listen HOST:PORT     where it listens, SIP over TCP (default 127.0.0.1:5060; port 0 takes a free one)
  --domain NAME          the domain it serves (default: the host of --listen)
  --users-file FILE      users who may register, one a line: NAME:PASSWORD
  --user NAME:PASSWORD   one of them as an argument, which others of this machine can read; may be given several times
  --log LEVEL            debug, info, warn or error (default warn)

Example:
  inlet provider --domain example.net --users-file users.txt
`;

/** The first colon divides: a password may hold more of them. */
function parseUser(value: string): { readonly name: string; readonly password: string } {
  const colon = value.indexOf(":");
  if (colon <= 0 || colon === value.length - 1) throw usage("a user is NAME:PASSWORD");
  return { name: value.slice(0, colon), password: value.slice(colon + 1) };
}

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions(args, {
    listen: { type: "string" },
    domain: { type: "string" },
    user: { type: "string", multiple: true },
    "users-file": { type: "string" },
    log: { type: "string" },
  });
  const listen = parseHostPort(values.listen ?? "127.0.0.1:5060", "--listen");
  const file = values["users-file"];
  const listed = file === undefined ? "" : await secretFile(file, "--users-file", "passwords", warn);
  const lines = listed.split(/\r?\n/).filter((line) => line.trim() !== "");
  const users = [...lines, ...(values.user ?? [])].map(parseUser);
  const log = stderrLog(values.log);

  const { startProvider } = await import("@inlet/provider");
  using end = onEndRequest();
  const provider = await startProvider({ listen, domain: values.domain ?? listen.host, users, log });
  process.stdout.write(`Listening on ${provider.address}\n`);
  await end.asked;
  await provider.stop();
  return 0;
}

export const provider: Command = {
  summary: "a registrar and content provider for demos, tests and small use",
  help,
  run,
};
