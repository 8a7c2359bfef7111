/** The certificate of our own: a real one, the same after a restart, and nobody else's to read. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keptIdentity, makeIdentity, readIdentity } from "./identity.ts";

const NOW = Date.UTC(2026, 0, 1);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "inlet-identity-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("it is a certificate that signs itself, for a key of its own", () => {
  for (let i = 0; i < 20; i++) {
    const { certificate, key } = makeIdentity(NOW);
    const x509 = new X509Certificate(certificate);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.subjectAltName).toBe("DNS:inlet.invalid");
    expect(readIdentity(key, certificate)?.fingerprint).toEqual({ algorithm: "sha-256", value: x509.fingerprint256 });
  }
});

test("openssl takes it", () => {
  const file = join(folder(), "c.pem");
  writeFileSync(file, makeIdentity(Date.now()).certificate);
  expect(
    execFileSync("openssl", ["verify", "-CAfile", file, "-x509_strict", "-partial_chain", file]).toString(),
  ).toContain("OK");
  // A date beyond 2049 is written in another way.
  writeFileSync(file, makeIdentity(Date.UTC(2045, 0, 1)).certificate);
  const text = execFileSync("openssl", ["x509", "-in", file, "-noout", "-enddate"]).toString();
  expect(text).toContain("2054 GMT");
});

test("it is kept with its key, readable by its owner alone", () => {
  const data = folder();
  const first = keptIdentity(data, NOW, "secret");
  expect(keptIdentity(data, NOW, "secret")).toEqual(first);
  const path = join(data, "msrp-identity.pem");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  keptIdentity(data, NOW, "secret");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(data)).toEqual(["msrp-identity.pem"]);
});

test("its key lies encrypted; one that lay open is encrypted at the next start, and without the secret it is made anew", () => {
  const data = folder();
  const path = join(data, "msrp-identity.pem");
  const first = makeIdentity(NOW);
  writeFileSync(path, `${first.key}${first.certificate}`);
  expect(keptIdentity(data, NOW, "secret")).toEqual(first);
  const kept = readFileSync(path, "utf8");
  expect(kept).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY/);
  expect(kept).not.toContain("BEGIN PRIVATE KEY");
  const openssl = ["pkey", "-in", path, "-noout", "-passin"];
  execFileSync("openssl", [...openssl, "pass:secret"], { stdio: "ignore" });
  expect(() => execFileSync("openssl", [...openssl, "pass:other"], { stdio: "ignore" })).toThrow();
  expect(keptIdentity(data, NOW, "secret")).toEqual(first);
  expect(keptIdentity(data, NOW, "other").fingerprint).not.toEqual(first.fingerprint);
});

test("a damaged, foreign or expired one is made anew", () => {
  const data = folder();
  const path = join(data, "msrp-identity.pem");
  const first = keptIdentity(data, NOW, "secret");
  writeFileSync(path, readFileSync(path, "utf8").slice(0, -200));
  const second = keptIdentity(data, NOW, "secret");
  expect(second.fingerprint).not.toEqual(first.fingerprint);
  writeFileSync(path, `${first.key}${second.certificate}`);
  const third = keptIdentity(data, NOW, "secret");
  expect(third.fingerprint).not.toEqual(second.fingerprint);
  expect(keptIdentity(data, NOW + 3650 * 24 * 3_600_000, "secret").fingerprint).not.toEqual(third.fingerprint);
});

test("a key that does not belong to the certificate is refused", () => {
  expect(readIdentity(makeIdentity(NOW).key, makeIdentity(NOW).certificate)).toBeUndefined();
  expect(readIdentity("", "")).toBeUndefined();
});
