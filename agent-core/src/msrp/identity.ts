/**
 * Who we are over TLS: a key and the certificate that our SDP names by its fingerprint (RFC 4975 §14.4, RFC 8122). Made
 * once for a data folder and kept there: the key is encrypted, and the file is its owner's alone to read.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InletError } from "../kernel/index.ts";
import type { Fingerprint } from "../wire/sdp/index.ts";
import { selfSigned } from "./self-signed.ts";

export interface Identity {
  /** PEM. */
  readonly key: string;
  /** PEM; those of authorities may follow our own. */
  readonly certificate: string;
  readonly fingerprint: Fingerprint;
}

const ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY";
const NAME = "inlet.invalid";
const FILE = "msrp-identity.pem";
const DAY = 24 * 3_600_000;
const LIFE = 3650 * DAY;

const pemOf = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

const fingerprintOf = (certificate: X509Certificate): Fingerprint => ({
  algorithm: "sha-256",
  value: certificate.fingerprint256,
});

/** The digest of a certificate as RFC 8122 writes it; undefined for an algorithm that proves nothing. */
export function digestOf(certificate: X509Certificate, algorithm: string): string | undefined {
  const name = { "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512" }[algorithm];
  const hex = name === undefined ? undefined : createHash(name).update(certificate.raw).digest("hex");
  return hex?.toUpperCase().match(/../g)?.join(":");
}

/** A new one. `now`: milliseconds since 1970; clocks of peers may be a day behind. */
export function makeIdentity(now: number): Identity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const certificate = new X509Certificate(selfSigned(privateKey, NAME, new Date(now - DAY), new Date(now + LIFE)));
  return { key: pemOf(privateKey), certificate: certificate.toString(), fingerprint: fingerprintOf(certificate) };
}

/** From PEM; undefined where the two are damaged or do not belong together. `passphrase`: of a key that is encrypted. */
export function readIdentity(pem: string, certificate: string, passphrase?: string): Identity | undefined {
  try {
    const own = new X509Certificate(certificate);
    const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
    return own.checkPrivateKey(key) ? { key: pemOf(key), certificate, fingerprint: fingerprintOf(own) } : undefined;
  } catch {
    return undefined;
  }
}

/** That of the folder; made anew where there is none, or it cannot be read or is about to expire. INLET_DISK_FAILED. */
export function keptIdentity(folder: string, now: number, passphrase: string): Identity {
  const path = join(folder, FILE);
  try {
    return findIdentity(path, now, passphrase) ?? keep(path, makeIdentity(now), passphrase);
  } catch (cause) {
    throw new InletError("INLET_DISK_FAILED", "the key of transfers", { cause });
  }
}

function findIdentity(path: string, now: number, passphrase: string): Identity | undefined {
  if (!existsSync(path)) return undefined;
  chmodSync(path, 0o600);
  const pem = readFileSync(path, "utf8");
  const middle = pem.indexOf("-----BEGIN CERTIFICATE");
  const identity = readIdentity(pem.slice(0, middle), pem.slice(middle), passphrase);
  const until = identity && new X509Certificate(identity.certificate).validToDate.getTime();
  if (identity === undefined || until === undefined || until <= now + DAY) return undefined;
  return pem.startsWith(ENCRYPTED) ? identity : keep(path, identity, passphrase);
}

function keep(path: string, identity: Identity, passphrase: string): Identity {
  const made = `${path}.new`;
  rmSync(made, { force: true });
  const sealed = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
  const key = createPrivateKey(identity.key).export(sealed).toString();
  writeFileSync(made, `${key}${identity.certificate}`, { mode: 0o600, flag: "wx" });
  renameSync(made, path);
  return identity;
}
