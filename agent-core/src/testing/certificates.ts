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

export interface CertificateWish {
  /** subjectAltName of the server's certificate; "" leaves it out. */
  readonly names?: string;
  readonly commonName?: string;
  /** First and last day, counted from today. */
  readonly from?: number;
  readonly to?: number;
  /** Arguments of `openssl req -newkey`. */
  readonly key?: readonly string[];
}

const EC = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/** The day as openssl writes it, UTC. */
const day = (days: number): string =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;

export function makeCertificates(wish: CertificateWish = {}): Certificates {
  const { names = "IP:127.0.0.1,DNS:localhost", commonName = "test", from = -1, to = 2, key = EC } = wish;
  const folder = mkdtempSync(join(tmpdir(), "inlet-certificates-"));
  const at = (name: string): string => join(folder, name);
  const authority = ["-newkey", ...EC, "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem")];
  openssl("req", "-x509", ...authority, "-days", "2", "-subj", "/CN=Test authority");
  const request = ["-newkey", ...key, "-nodes", "-keyout", at("server.key"), "-out", at("server.csr")];
  openssl("req", ...request, "-subj", `/CN=${commonName}`);
  writeFileSync(at("ext"), names === "" ? "basicConstraints=CA:FALSE\n" : `subjectAltName=${names}\n`);
  // `openssl ca` alone takes both ends of the time; it keeps books, which nobody reads.
  const books =
    "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n";
  writeFileSync(at("books"), `${books.replaceAll(/=(index|serial|\.)$/gm, `=${folder}/$1`)}[p]\ncommonName=optional\n`);
  writeFileSync(at("index"), "");
  writeFileSync(at("serial"), "1000\n");
  const signed = ["-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-extfile", at("ext"), "-notext", "-batch"];
  const time = ["-startdate", day(from), "-enddate", day(to)];
  openssl("ca", "-config", at("books"), "-in", at("server.csr"), "-out", at("server.pem"), ...signed, ...time);
  const shown = openssl("x509", "-in", at("server.pem"), "-noout", "-fingerprint", "-sha256");
  return {
    ca: at("ca.pem"),
    key: at("server.key"),
    cert: at("server.pem"),
    fingerprint: shown.split("=")[1]?.trim() ?? "",
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
