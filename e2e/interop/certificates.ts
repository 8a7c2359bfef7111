/** Certificates for tests, made by openssl: an authority, and one that it signed for 127.0.0.1 and localhost. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificates extends Disposable {
  /** PEM file of the authority. */
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of `cert`, as colon-separated hex. */
  readonly fingerprint: string;
}

const openssl = (...args: string[]): string =>
  execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** `names`: subjectAltName of the server's certificate. `days` may be negative: then it has expired. */
export function makeCertificates(names = "IP:127.0.0.1,DNS:localhost", days = 2): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "inlet-certificates-"));
  const at = (name: string): string => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=Test authority",
  );
  openssl("req", ...key, "-keyout", at("server.key"), "-out", at("server.csr"), "-subj", "/CN=test");
  writeFileSync(at("ext"), `subjectAltName=${names}\n`);
  const signed = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("ext")];
  openssl("x509", "-req", "-in", at("server.csr"), "-out", at("server.pem"), ...signed, "-days", `${days}`);
  const fingerprint =
    openssl("x509", "-in", at("server.pem"), "-noout", "-fingerprint", "-sha256").split("=")[1]?.trim() ?? "";
  return {
    ca: at("ca.pem"),
    key: at("server.key"),
    cert: at("server.pem"),
    fingerprint,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
