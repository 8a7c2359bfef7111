/**
 * How an account signs in, as a person writes it down: on a command line, and in a file for the keys of a SIM, which never
 * stand in an argument. Pure, and free of the agent itself; fails with INLET_USAGE, which repeats no key.
 */
import type { AccountOptions } from "./account/index.ts";
import { oneOf, usage } from "./option-values.ts";
import type { AkaOptions, ImsOptions, SecurityMechanism, TlsOptions } from "./sip/index.ts";
import { DIGEST_ALGORITHMS } from "./wire/sip/index.ts";

// Not those of sip/, which would bring all of its machinery along.
const SECURITY_MECHANISMS = ["tls", "digest"] as const satisfies readonly SecurityMechanism[];

export const signInOptions = {
  "tls-ca": { type: "string" },
  "tls-fingerprint": { type: "string" },
  "min-digest": { type: "string" },
  "sim-file": { type: "string" },
  "security-agreement": { type: "string" },
  gruu: { type: "string" },
  "reg-events": { type: "string" },
  ims: { type: "string" },
  "ims-services": { type: "string" },
} as const;

export type SignInValues = { readonly [option in keyof typeof signInOptions]?: string };

export const tlsOptionsHelp = `  --tls-ca FILE          certificates to trust instead of the system's, PEM
  --tls-fingerprint HEX  the SHA-256 of the one certificate to trust, whoever signed it`;

export const imsOptionsHelp = `  --ims ACCESS           the core is an IMS (3GPP TS 24.229), reached by this kind of network: IEEE-802.3 by cable,
                         IEEE-802.11 without
  --ims-services LIST    what is registered for there, as URNs of services (ICSI) and applications (IARI), like
                         urn:urn-7:3gpp-service.ims.icsi.oma.sip-push`;

export const signInOptionsHelp = `${tlsOptionsHelp}
  --min-digest ALGORITHM ${DIGEST_ALGORITHMS.join(", ")}: what is weaker is not answered (default: whatever is asked for)
  --sim-file FILE        the keys of a SIM, for cores that authenticate by AKA: lines K=, OPC= or OP=, and SQN=, in hex
  --security-agreement LIST
                         what to agree on with the first hop (RFC 3329), of ${SECURITY_MECHANISMS.join(" and ")}, most wanted first
                         (default: it is not asked for)
  --gruu yes|no          the address that the registrar gives this installation is used in sessions, or is not
                         (default: where the core shows that it finds its way to it)
  --reg-events yes|no    the core is asked to tell what becomes of the registration (RFC 3680), or is not
                         (default: where it names further addresses of yours, as IMS does)
${imsOptionsHelp}`;

/** The options whose value names a file, with what is in it. */
export interface SignInTexts {
  readonly "tls-ca"?: string | undefined;
  readonly "sim-file"?: string | undefined;
}

type SignIn = Pick<AccountOptions, "tls" | "minAlgorithm" | "aka" | "securityAgreement" | "gruu" | "regEvents" | "ims">;

export function readSignIn(values: SignInValues, texts: SignInTexts): SignIn {
  const {
    "min-digest": minDigest,
    "security-agreement": agreement,
    gruu,
    "reg-events": regEvents,
    "tls-fingerprint": fingerprint,
    ims,
    "ims-services": services,
  } = values;
  const tls = readTls(texts["tls-ca"], fingerprint);
  return {
    ...(tls !== undefined && { tls }),
    ...(minDigest !== undefined && { minAlgorithm: oneOf(minDigest.toUpperCase(), DIGEST_ALGORITHMS, "--min-digest") }),
    ...(texts["sim-file"] !== undefined && { aka: readSim(texts["sim-file"]) }),
    ...(agreement !== undefined && {
      securityAgreement: agreement
        .split(",")
        .map((name) => oneOf(name.trim().toLowerCase(), SECURITY_MECHANISMS, "--security-agreement")),
    }),
    ...(gruu !== undefined && { gruu: oneOf(gruu, ["yes", "no"], "--gruu") === "yes" }),
    ...(ims !== undefined && { ims: readIms(ims, services) }),
    ...(regEvents !== undefined && { regEvents: oneOf(regEvents, ["yes", "no"], "--reg-events") === "yes" }),
  };
}

function readTls(ca: string | undefined, fingerprint: string | undefined): TlsOptions | undefined {
  if (fingerprint !== undefined && !/^[0-9a-f]{64}$/i.test(fingerprint.replaceAll(":", ""))) {
    throw usage("--tls-fingerprint is 64 hex digits, with or without colons");
  }
  if (ca === undefined && fingerprint === undefined) return undefined;
  return { ...(ca !== undefined && { ca }), ...(fingerprint !== undefined && { fingerprint }) };
}

/** An access type and its parameters (RFC 7315 §5.4), and URNs of 3GPP. */
function readIms(accessNetwork: string, services: string | undefined): ImsOptions {
  if (!/^[\w.!%*+'~-]+(?:;[\w.!%*+'~-]+(?:=(?:[\w.!%*+'~:-]+|"[ !#-[\]-~]*"))?)*$/.test(accessNetwork))
    throw usage(`--ims is a kind of network, like IEEE-802.3, not "${accessNetwork}"`);
  if (services === undefined) return { accessNetwork };
  const urns = services.split(",").map((urn) => urn.trim());
  const wrong = urns.find((urn) => !/^urn:urn-7:3gpp-(?:service|application)\.[\w.-]+$/i.test(urn));
  if (wrong !== undefined) throw usage(`--ims-services: ${wrong} is no URN of a service or an application`);
  return { accessNetwork, services: urns };
}

/** Empty lines and lines that begin with # are passed over. */
function readSim(text: string): AkaOptions {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const match = /^(K|OPC?|SQN)[ \t]*=[ \t]*([0-9a-f]+)$/i.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) throw usage(`--sim-file: line ${index + 1}`);
    keys.set(match[1].toLowerCase(), match[2]);
  }
  const [k, op, opc, sqn] = ["k", "op", "opc", "sqn"].map((name) => keys.get(name));
  if (k === undefined || (op === undefined && opc === undefined)) throw usage("--sim-file needs K, and OPC or OP");
  return { k, ...(op !== undefined && { op }), ...(opc !== undefined && { opc }), ...(sqn !== undefined && { sqn }) };
}
