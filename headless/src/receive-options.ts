/** The options of everything that runs an agent (`receive`, `serve`, `npm start -- --no-demo`), as an AgentOptions. */
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { type AgentOptions, isPublicAddress, readIdentity } from "@inlet/agent-core";
import { jsonLog, type Log, type LogLevel } from "@inlet/agent-core/kernel";
import { readSignIn, type SignInValues, signInOptions, signInOptionsHelp } from "@inlet/agent-core/sign-in-options";
import { oneOf, parseAor, parseHostPort, required, usage, type Values } from "./command-line.ts";
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
  accept: { type: "string" },
  "accept-types": { type: "string" },
  msrp: { type: "string" },
  "link-networks": { type: "string" },
  "behind-nat": { type: "boolean" },
  "msrp-relay": { type: "string", multiple: true },
  "msrp-certificate": { type: "string" },
  "msrp-key": { type: "string" },
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
  --accept all|none|ask|rules
                         what happens to files that no rule fits: all are accepted, none is, or each is asked about
                         (default ask; rules is the same, for who means the rules)
  --accept-types LIST    types of content that are taken, like image/*,text/plain (default: all)
  --link-networks LIST   networks of yours that links may lead to, like 192.168.1.0/24 (default: the open internet
                         alone); servers there may show certificates of --tls-ca
  --msrp HOST:PORT       where files come in; 0.0.0.0 or [::] is every address, and senders are told that on which the
                         server is reached (default [::] and a free port; 127.0.0.1 with a server on this computer)
  --behind-nat           nobody can connect to this computer: it connects to the senders that let it
  --msrp-relay URI       a relay that takes files for you, like "msrps://relay.example.net:2855;tcp", signed in to
                         like the server; several, the nearest first, are a chain
  --msrp-certificate FILE, --msrp-key FILE
                         PEM: who we are in encrypted transfers (default: a self-signed certificate of the data folder,
                         which the sender knows by its fingerprint). A sender who names no certificate is taken, and
                         shown as not proven; with --tls-ca it needs one that is vouched for
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
  const given = values.accept === "rules" ? "ask" : values.accept;
  const accept = given === undefined ? undefined : oneOf(given, ["all", "none", "ask"], "--accept");
  const place = values.msrp === undefined ? undefined : parseHostPort(values.msrp, "--msrp");
  const relays = readRelays(values["msrp-relay"]);
  const password = await readPassword(values["password-file"], process.stdin, warn);
  const signIn = await signInOf(values);
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
        ...(values["behind-nat"] === true && { behindNat: true }),
        ...(relays !== undefined && { msrpRelay: { relays } }),
      },
    ],
    // What the command line does not say must not override what a person has set: `ask` is the agent's own default.
    ...(accept === undefined ? {} : { accept }),
    ...acceptTypes(values["accept-types"]),
    links: { ...linkNetworks(values["link-networks"]), ...linkAuthorities(signIn.tls?.ca) },
    msrp: { ...place, ...(signIn.tls?.ca !== undefined && { ca: signIn.tls.ca }), ...(await identity(values)) },
    log,
  };
}

/** What `--msrp-relay` says. */
export function readRelays(relays: readonly string[] | undefined): readonly string[] | undefined {
  const wrong = relays?.find((uri) => !/^msrps?:\/\/[^/;\s]+;tcp$/i.test(uri));
  if (wrong !== undefined) throw usage(`--msrp-relay: ${wrong} is no msrps://HOST:PORT;tcp`);
  return relays;
}

/** Addresses and networks, beside the open internet. */
function linkNetworks(list: string | undefined): AgentOptions["links"] {
  if (list === undefined) return {};
  const own = new BlockList();
  for (const network of list.split(",").map((text) => text.trim())) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    try {
      if (bits === undefined) own.addAddress(address, family);
      else own.addSubnet(address, Number(bits), family);
    } catch {
      throw usage(`--link-networks: ${network} is no network; it looks like 192.168.1.0/24`);
    }
  }
  const isOwn = (address: string): boolean => own.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return { reach: (address) => isPublicAddress(address) || isOwn(address) };
}

/** Links lead to the open internet too: there, what everybody trusts is trusted. */
const linkAuthorities = (ca: string | undefined): AgentOptions["links"] =>
  ca === undefined ? {} : { ca: [...rootCertificates, ca].join("\n") };

function acceptTypes(list: string | undefined): Pick<AgentOptions, "acceptTypes"> {
  if (list === undefined) return {};
  const types = list.split(",").map((type) => type.trim());
  const wrong = types.find((type) => !/^[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+)$/.test(type));
  if (wrong !== undefined) throw usage(`--accept-types: ${wrong} is no type; it looks like image/png or image/*`);
  return { acceptTypes: types };
}

/** What `--msrp-certificate` and `--msrp-key` say. */
async function identity({ "msrp-certificate": certificate, "msrp-key": key }: ReceiveValues) {
  const identity = await readPem("--msrp", key, certificate);
  return identity && { identity };
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
