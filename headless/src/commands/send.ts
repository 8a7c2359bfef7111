/** `inlet send`: the Push Sender Agent. Exit code 0 only when every receiver confirmed every file. */
import { basename } from "node:path";
import {
  imsOptionsHelp,
  oneOf,
  parseAor,
  parseHostPort,
  readRelays,
  required,
  tlsOptionsHelp,
  usage,
} from "@inlet/agent-core/options";
import type { SendFilesOptions } from "@inlet/provider";
import { type Command, parseOptions, type Values } from "../command-line.ts";
import { readPassword } from "../password.ts";
import { readPem, signInOf, stderrLog, warn } from "../receive-options.ts";
import { onEndRequest } from "../signals.ts";
import { plain } from "../terminal/plain.ts";
import { allDone, resultLines, resultTable } from "../terminal/results.ts";
import { size } from "../terminal/words.ts";

const help = `Usage: inlet send --aor ADDRESS --registrar URI --to ADDRESS [options] FILE…

Pushes files to receivers. Small ones go as messages, large ones are offered, and those that are accepted are sent. A
transfer that breaks off is tried again twice, and goes on where it broke if the receiver kept what had come.

  --aor ADDRESS          your address (needed)
  --registrar URI        the server it goes through, like "sip:127.0.0.1:5060;transport=tcp" (needed)
  --to ADDRESS           the receiver (needed); may stand several times
  --at-once N            receivers that are pushed to at the same time; default 4
  --user NAME            user name for signing in; default: the user part of --aor
  --password-file FILE   the password is its first line; "-" reads it from the standard input
${tlsOptionsHelp}
${imsOptionsHelp}
  --sim-file FILE        with --ims: the keys of a SIM, as for inlet receive
  --method METHOD        message (in a SIP MESSAGE, at most 64 KiB), msrp (offered, then sent) or indirect (as a link);
                         default auto: by size, a message up to 8 KiB (600 octets over UDP)
  --link-base URL        where the files already lie under their names, for links: with it, auto makes a link of what is
                         too large for a message. Inlet puts nothing there
  --link-listen HOST:PORT
                         serves the files there itself, for links that nobody can guess, until each receiver has fetched
                         them; --link-base is then how receivers reach this place, where that is another address
  --link-time MINUTES    for at most so long; default 60
  --link-certificate FILE, --link-key FILE
                         PEM: serves them by https, without which few receivers take them
  --one-by-one           the files of an offer one after the other, instead of side by side
  --description TEXT     what the files are about
  --application TAG      the application they are for, like +g.oma.iari.syncml
  --encrypt              what is offered is sent over TLS, or not at all
  --msrp HOST:PORT       receivers may connect here too, when they cannot be connected to; 0.0.0.0 or [::] is every
                         address
  --msrp-relay URI       a relay through which offered files go, like "msrps://relay.example.net:2855;tcp", signed in to
                         like the server; several, the nearest first, are a chain; over msrps all is encrypted
  --json                 one line of JSON for each receiver and file
  --log LEVEL            debug, info, warn or error (default warn)

Exit code: 0 when every receiver confirmed every file, or has the link to it; else 1, and a table of what happened to
which.

Example:
  inlet send --aor sip:anna@example.net --registrar "sip:127.0.0.1:5060;transport=tcp" --user anna \\
             --password-file anna.txt --to sip:bob@example.net a.jpg b.pdf
`;

const options = {
  aor: { type: "string" },
  registrar: { type: "string" },
  to: { type: "string", multiple: true },
  "at-once": { type: "string" },
  "link-base": { type: "string" },
  "link-listen": { type: "string" },
  "link-time": { type: "string" },
  "link-certificate": { type: "string" },
  "link-key": { type: "string" },
  description: { type: "string" },
  application: { type: "string" },
  encrypt: { type: "boolean" },
  msrp: { type: "string" },
  "msrp-relay": { type: "string", multiple: true },
  json: { type: "boolean" },
  "one-by-one": { type: "boolean" },
  user: { type: "string" },
  "password-file": { type: "string" },
  "tls-ca": { type: "string" },
  "tls-fingerprint": { type: "string" },
  ims: { type: "string" },
  "ims-services": { type: "string" },
  "sim-file": { type: "string" },
  method: { type: "string" },
  log: { type: "string" },
} as const;
type SendValues = Values<typeof options>;

const CLEAR_LINE = "\r\u001b[K";
const TELL_EVERY_MS = 100;

/** One line that changes in place, at most ten times a second. */
function showProgress(): (file: string, octets: number, total: number) => void {
  let told = 0;
  return (file, octets, total) => {
    const now = performance.now();
    if (now - told < TELL_EVERY_MS) return;
    told = now;
    const share = total === 0 ? 100 : Math.floor((100 * octets) / total);
    process.stderr.write(`${CLEAR_LINE}Sending ${plain(basename(file), 40)}: ${share} %, ${size(octets)}`);
  };
}

/** Where and for how long files are served for links. */
async function readLinks(values: SendValues) {
  const { "link-listen": listen, "link-time": minutes = "60", "link-certificate": cert, "link-key": key } = values;
  if (listen === undefined) return {};
  if (!/^[1-9]\d{0,4}$/.test(minutes)) throw usage(`--link-time is a number of minutes, not "${minutes}"`);
  const identity = await readPem("--link", key, cert);
  const linkListen = { ...parseHostPort(listen, "--link-listen"), ...(identity !== undefined && { identity }) };
  return { linkListen, linkAge: Number(minutes) * 60_000 };
}

/** What is to be sent, how and to whom. INLET_USAGE. */
async function readSending(values: SendValues, files: readonly string[]): Promise<SendFilesOptions> {
  const aor = parseAor(required(values.aor, "--aor"), "--aor");
  const registrar = required(values.registrar, "--registrar");
  const to = (values.to ?? [required(undefined, "--to")]).map((address) => parseAor(address, "--to"));
  const { application, description, user, encrypt = false, "at-once": atOnce = "4", "link-base": linkBase } = values;
  if (!/^[1-9]\d{0,2}$/.test(atOnce)) throw usage(`--at-once is a number from 1 to 999, not "${atOnce}"`);
  if (linkBase !== undefined && !/^https?:\/\/./.test(linkBase)) throw usage("--link-base is an http or https address");
  if (application !== undefined && !/^[+A-Za-z0-9.!%'-]+(="[^"\r\n]*")?$/.test(application))
    throw usage(`--application is a feature tag, not "${application}"`);
  const method = oneOf(values.method ?? "auto", ["auto", "message", "msrp", "indirect"], "--method");
  const msrp = values.msrp === undefined ? undefined : parseHostPort(values.msrp, "--msrp");
  const relays = readRelays(values["msrp-relay"]);
  if (encrypt && relays?.some((uri) => /^msrp:/i.test(uri))) throw usage("--encrypt needs a relay over msrps");
  if (files.length === 0) throw usage("a FILE is needed");
  const log = stderrLog(values.log);
  const password = await readPassword(values["password-file"], process.stdin, warn);
  const { tls, ims, aka } = await signInOf(values);
  if (aka !== undefined && ims === undefined) throw usage("--sim-file is for --ims");
  return {
    ...{ aor, registrar, to, method, files, atOnce: Number(atOnce), encrypt, log },
    oneByOne: values["one-by-one"] === true,
    ...(linkBase !== undefined && { linkBase }),
    ...(await readLinks(values)),
    ...(description !== undefined && { description }),
    ...(application !== undefined && { application }),
    ...(msrp !== undefined && { msrp }),
    ...(relays !== undefined && { msrpRelay: { relays } }),
    ...(user !== undefined && { user }),
    ...(password !== "" && { password }),
    ...(tls !== undefined && { tls }),
    ...(ims !== undefined && { ims }),
    ...(aka !== undefined && { aka }),
  };
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = parseOptions(args, options, true);
  const sending = await readSending(values, files);
  // Only here, so that the other subcommands do not load the provider.
  const { sendFiles } = await import("@inlet/provider");
  const ended = new AbortController();
  using ending = onEndRequest();
  void ending.asked.then(() => ended.abort());
  const isTerminal = process.stderr.isTTY === true;
  const { results } = await sendFiles({
    ...sending,
    signal: ended.signal,
    onWaiting: (until) => {
      const time = new Date(until).toTimeString().slice(0, 5);
      process.stderr.write(`Waiting until ${time} for what was sent as a link to be fetched.\n`);
    },
    onRetry: (broken, attempt, of) => {
      const what = broken.length === 1 ? plain(basename(broken[0] ?? ""), 40) : `${broken.length} files`;
      const clear = isTerminal ? CLEAR_LINE : "";
      process.stderr.write(`${clear}The transfer of ${what} broke off; trying again shortly (${attempt} of ${of}).\n`);
    },
    ...(isTerminal && { onProgress: showProgress() }),
  });
  if (isTerminal) process.stderr.write(CLEAR_LINE);
  process.stdout.write(values.json === true ? resultLines(results) : resultTable(results));
  return allDone(results) ? 0 : 1;
}

export const send: Command = { summary: "push files to receivers", help, run };
