/** The options of everything that runs an agent (`receive`, `serve`, `npm start -- --no-demo`), as an AgentOptions. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AgentOptions, readIdentity } from "@inlet/agent-core";
import { jsonLog, type Log, type LogLevel } from "@inlet/agent-core/kernel";
import {
  oneOf,
  parseAor,
  readSignIn,
  readTransfer,
  required,
  type SignInValues,
  signInOptions,
  signInOptionsHelp,
  transferOptions,
  transferOptionsHelp,
  usage,
} from "@inlet/agent-core/options";
import type { Values } from "./command-line.ts";
import { defaultDataFolder, defaultReceivedFolder } from "./folders.ts";
import { readPassword, secretFile } from "./password.ts";
import { personLog } from "./terminal/person-log.ts";

export const receiveOptions = {
  aor: { type: "string" },
  registrar: { type: "string" },
  user: { type: "string" },
  "password-file": { type: "string" },
  ...signInOptions,
  data: { type: "string" },
  folder: { type: "string" },
  ...transferOptions,
  log: { type: "string" },
} as const;

export const receiveOptionsHelp = `  --aor ADDRESS          your address, like sip:bob@example.net (needed)
  --registrar URI        where to register, like "sip:127.0.0.1:5060;transport=tcp"; the transport is udp, tcp, tls,
                         ws or wss; what the URI leaves open is found by DNS; default: the domain of --aor
  --user NAME            user name for signing in; default: the user part of --aor
  --password-file FILE   the password is its first line; "-" reads it from the standard input
${signInOptionsHelp}
  --data DIR             where the database and partial files are kept
                         (default ${defaultDataFolder()})
  --folder DIR           where finished files go (default ${defaultReceivedFolder()})
${transferOptionsHelp}
  --log LEVEL            debug, info, warn or error: what is written to the standard error, as lines of JSON
                         (default: warn with --json, else faults alone)`;

export type ReceiveValues = Values<typeof receiveOptions>;

export const warn = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const stderrLog = (level: string | undefined): Log =>
  jsonLog(
    (line) => process.stderr.write(line),
    oneOf<LogLevel>(level ?? "warn", ["debug", "info", "warn", "error"], "--log"),
  );

/** Where a person reads along: that level, if one was asked for, else what is no line of theirs. */
export const terminalLog = (level: string | undefined): Log =>
  level === undefined ? personLog((line) => process.stderr.write(line)) : stderrLog(level);

export async function toAgentOptions(values: ReceiveValues, log = terminalLog(values.log)): Promise<AgentOptions> {
  const aor = parseAor(required(values.aor, "--aor"), "--aor");
  const password = await readPassword(values["password-file"], process.stdin, warn);
  const signIn = await signInOf(values);
  const { "msrp-key": key, "msrp-certificate": certificate } = values;
  const identity = await readPem("--msrp", key, certificate);
  const transfer = readTransfer(values, { ca: signIn.tls?.ca, identity });
  return {
    dataDir: values.data ?? defaultDataFolder(),
    folder: values.folder ?? defaultReceivedFolder(),
    accounts: [
      {
        aor,
        password,
        ...(values.registrar === undefined ? {} : { registrar: values.registrar }),
        ...(values.user === undefined ? {} : { user: values.user }),
        ...signIn,
        ...transfer.account,
      },
    ],
    ...transfer.agent,
    log,
  };
}

/** A key and its certificate, out of the files that two options name; undefined where neither does. */
export async function readPem(options: "--msrp" | "--link", key: string | undefined, certificate: string | undefined) {
  if (certificate === undefined && key === undefined) return undefined;
  const read = (name: string, file: string | undefined): Promise<string> =>
    readFile(required(file, name), "utf8").catch(() => Promise.reject(usage(`${name}: ${file} cannot be read`)));
  const pair = readIdentity(await read(`${options}-key`, key), await read(`${options}-certificate`, certificate));
  if (pair === undefined) throw usage(`${options}-key does not belong to ${options}-certificate`);
  return pair;
}

/** How the account signs in, with what is in the files that say it. */
export async function signInOf(values: SignInValues) {
  const { "tls-ca": ca, "sim-file": sim } = values;
  return readSignIn(values, {
    "tls-ca": ca === undefined ? undefined : await readAuthorities(ca),
    "sim-file": sim === undefined ? undefined : await secretFile(sim, "--sim-file", "keys", warn),
  });
}

async function readAuthorities(file: string): Promise<string> {
  const pem = await readFile(file, "utf8").catch(() => Promise.reject(usage(`--tls-ca: ${file} cannot be read`)));
  try {
    new X509Certificate(pem);
  } catch {
    throw usage(`--tls-ca: there is no certificate in ${file}`);
  }
  return pem;
}
