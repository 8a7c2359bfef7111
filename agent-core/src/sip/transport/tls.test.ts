/** Who is talked to over TLS, and who is not, against servers with certificates made for it. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type PeerCertificate, type TlsOptions } from "node:tls";
import { describe, expect, it } from "vitest";
import { InletError, silentLog, systemClock } from "../../kernel/index.ts";
import { type CertificateWish, makeCertificates } from "../../testing/index.ts";
import { openFlow } from "./open-flow.ts";
import { checkIdentity } from "./tls.ts";

/** A server that takes whatever it is given. */
const WEAK: TlsOptions = { ciphers: "DEFAULT@SECLEVEL=0" };
const options = { log: silentLog, clock: systemClock };

/** What opening a flow to such a server ends in: "open", or the code and what it says. */
async function outcome(
  wish: CertificateWish,
  server: TlsOptions = {},
  serverName = "sip.core.example",
): Promise<string> {
  using made = makeCertificates(wish);
  const listening = createServer({ key: readFileSync(made.key), cert: readFileSync(made.cert), ...server }, (socket) =>
    socket.on("error", () => undefined),
  );
  listening.on("tlsClientError", () => undefined);
  await once(listening.listen(0, "127.0.0.1"), "listening");
  const { port } = listening.address() as AddressInfo;
  try {
    const target = { protocol: "TLS", host: "127.0.0.1", port, serverName, timeout: 5000 } as const;
    const flow = await openFlow({ ...target, tls: { ca: readFileSync(made.ca, "utf8") } }, options);
    flow.close();
    return "open";
  } catch (error) {
    return error instanceof InletError ? `${error.code} ${error.detail}` : String(error);
  } finally {
    listening.close();
  }
}

describe("T1: a certificate", () => {
  it.each<[string, CertificateWish]>([
    ["for the host", { names: "DNS:sip.core.example" }],
    ["for the host among others, in another case", { names: "DNS:other.example,DNS:SIP.core.example" }],
    ["for all hosts of the domain", { names: "DNS:*.core.example" }],
    ["for the SIP domain", { names: "URI:sip:sip.core.example" }],
  ])("%s is trusted", async (_, wish) => {
    expect(await outcome(wish)).toBe("open");
  });

  it.each<[string, CertificateWish]>([
    ["for another host", { names: "DNS:other.example" }],
    ["with the name in the subject alone", { names: "", commonName: "sip.core.example" }],
    ["for another SIP domain, whatever hosts it names", { names: "URI:sip:other.example,DNS:sip.core.example" }],
    ["that has expired", { names: "DNS:sip.core.example", from: -3, to: -1 }],
    ["that is not valid yet", { names: "DNS:sip.core.example", from: 1, to: 3 }],
    ["with a key that is too short", { names: "DNS:sip.core.example", key: ["rsa:1024"] }],
  ])("%s is refused", async (_, wish) => {
    expect(await outcome(wish, WEAK)).toMatch(/^INLET_SIP_CERTIFICATE /);
  });

  it("that names a user, or hides a name in a text, is for nobody", () => {
    const names = (subjectaltname: string): PeerCertificate => ({ subjectaltname }) as PeerCertificate;
    expect(checkIdentity("core.example", names("URI:sip:core.example"))).toBeUndefined();
    for (const text of ["URI:sip:bob@core.example", 'othername:"x, URI:sip:core.example"', "email:core.example", ""])
      expect(checkIdentity("core.example", names(text)), text).toBeInstanceOf(Error);
  });
});

describe("T2: a server that speaks", () => {
  it.each<[string, TlsOptions]>([
    ["TLS 1.1 at most", { ...WEAK, minVersion: "TLSv1", maxVersion: "TLSv1.1" }],
    ["TLS 1.2 without encryption", { ciphers: "NULL-SHA256:@SECLEVEL=0", maxVersion: "TLSv1.2" }],
    ["TLS 1.2 without authentication", { ciphers: "AECDH-AES128-SHA:@SECLEVEL=0", maxVersion: "TLSv1.2" }],
  ])("%s is not talked to", async (_, server) => {
    expect(await outcome({ names: "DNS:sip.core.example" }, server)).toMatch(/^INLET_SIP_CONNECTION_FAILED .*SSL/);
  });
});
