/** `inlet trace`: the recorded exchange of a data folder. Reads files alone, so it works while the agent runs and after. */
import { readTrace, repeats, selectTrace } from "@inlet/agent-core";
import { usage } from "@inlet/agent-core/options";
import { type Command, parseOptions } from "../command-line.ts";
import { defaultDataFolder } from "../folders.ts";
import { ladder } from "../trace/ladder.ts";
import { wholeText } from "../trace/whole-text.ts";

const help = `Usage: inlet trace [--data DIR] [--ladder | --text] [options]

Shows what was said over SIP and MSRP, oldest first, also while the agent runs. Passwords and what could help to guess
one are never recorded, nor is the content of files. Times are UTC.

  --data DIR             the data folder of the agent (default ${defaultDataFolder()})
  --ladder               arrows between Inlet and its peers (default); thin ones were sent again, ✗ is a failure
  --text                 each message whole
  --call ID              one call alone, by its Call-ID, with its MSRP sessions
  --account ADDRESS      one account alone
  --last N               the last N messages alone

Examples:
  inlet trace --last 40
  inlet trace --data ./data --text --call 3k2j9x@192.0.2.1
`;

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseOptions(args, {
    data: { type: "string" },
    ladder: { type: "boolean" },
    text: { type: "boolean" },
    call: { type: "string" },
    account: { type: "string" },
    last: { type: "string" },
  });
  if (values.ladder === true && values.text === true) throw usage("--ladder and --text exclude each other");
  const last = values.last === undefined ? Number.POSITIVE_INFINITY : Number(values.last);
  if (!(last >= 1)) throw usage(`--last is a number of messages, not "${values.last}"`);
  const folder = values.data ?? defaultDataFolder();
  const all = await readTrace(folder);
  const chosen = selectTrace(all, { account: values.account, callId: values.call });
  const shown = last >= chosen.length ? chosen : chosen.slice(-Math.floor(last));
  if (shown.length === 0) {
    const why = all.length === 0 ? `Nothing is recorded in ${folder}.` : "No message fits.";
    process.stderr.write(`${why}\n`);
    return 1;
  }
  const format = values.text === true ? wholeText : ladder;
  process.stdout.write(format(shown, repeats(all)));
  return 0;
}

export const trace: Command = { summary: "what was said over SIP and MSRP, as a ladder or as text", help, run };
