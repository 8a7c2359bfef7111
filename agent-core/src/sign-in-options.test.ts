import { describe, expect, it } from "vitest";
import { readSignIn } from "./sign-in-options.ts";

const K = "465b5ce8b199b49faa5f0a2ee238a6bc";
const OPC = "cd63cb71954a9f4e48a5994e37a02baf";

describe("how an account signs in", () => {
  it("is left open where nothing is said", () => expect(readSignIn({}, {})).toEqual({}));

  it("is said in options and files", () => {
    const values = {
      "min-digest": "sha-256",
      "security-agreement": "tls, digest",
      gruu: "no",
      "tls-fingerprint": "ab".repeat(32),
      ims: "IEEE-802.11;i-wlan-node-id=00AB",
      "ims-services": "urn:urn-7:3gpp-service.ims.icsi.x, urn:urn-7:3gpp-application.ims.iari.y",
    };
    const sim = `# the card\n K = ${K}\r\nOPC=${OPC}\n\nsqn=00000000002a\n`;
    expect(readSignIn(values, { "tls-ca": "PEM", "sim-file": sim })).toEqual({
      minAlgorithm: "SHA-256",
      securityAgreement: ["tls", "digest"],
      gruu: false,
      ims: {
        accessNetwork: "IEEE-802.11;i-wlan-node-id=00AB",
        services: ["urn:urn-7:3gpp-service.ims.icsi.x", "urn:urn-7:3gpp-application.ims.iari.y"],
      },
      tls: { ca: "PEM", fingerprint: "ab".repeat(32) },
      aka: { k: K, opc: OPC, sqn: "00000000002a" },
    });
  });

  it.each([
    [{ "min-digest": "CRC" }, {}, "--min-digest is one of MD5, SHA-256, SHA-512-256"],
    [{ "security-agreement": "tls,ipsec" }, {}, "--security-agreement"],
    [{ gruu: "maybe" }, {}, "--gruu"],
    [{ ims: "IEEE-802.3\r\nRoute: <sip:x>" }, {}, "--ims"],
    [{ ims: "IEEE-802.3", "ims-services": "mmtel" }, {}, "--ims-services"],
    [{ "tls-fingerprint": "abc" }, {}, "--tls-fingerprint"],
    [{}, { "sim-file": `K=${K}\n` }, "--sim-file needs"],
    [{}, { "sim-file": `OP=${OPC}\n` }, "--sim-file needs"],
    [{}, { "sim-file": `K=${K}\nSECRET ${K}` }, "--sim-file: line 2"],
  ])("%j is refused in words that repeat no key", (values, texts, words) => {
    const refused = (): unknown => readSignIn(values, texts);
    expect(refused).toThrow(words);
    expect(refused).not.toThrow(K);
  });
});
