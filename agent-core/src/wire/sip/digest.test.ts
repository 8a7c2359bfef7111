import { describe, expect, it } from "vitest";
import type { DigestChallenge } from "./challenge.ts";
import { answerChallenge, chooseChallenge, type DigestInput, serverProof, verifyCredentials } from "./digest.ts";

const challenge = (algorithm: string | undefined, qop: readonly string[] = ["auth"]): DigestChallenge => ({
  realm: "example.net",
  nonce: "n1",
  qop,
  stale: false,
  ...(algorithm !== undefined && { algorithm }),
});

const bob = (algorithm: string, qop: string): DigestInput => ({
  challenge: challenge(algorithm, [qop]),
  user: "bob",
  password: "secret",
  method: "MESSAGE",
  uri: "sip:ann@example.net",
  body: Buffer.from("héllo"),
  cnonce: "c1",
  count: 2,
});

describe("digest", () => {
  it.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("%s gives the response of RFC 7616 §3.9.1", (algorithm, response) => {
    const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const answer = answerChallenge({
      challenge: { realm: "http-auth@example.org", nonce, algorithm, qop: ["auth", "auth-int"] },
      user: "Mufasa",
      password: "Circle of Life",
      method: "GET",
      uri: "/dir/index.html",
      cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
      count: 1,
    });
    expect(answer).toMatchObject({ response, qop: "auth", nc: "00000001", algorithm });
  });

  it("SHA-512-256 gives the response of RFC 7616 §3.9.2 as its erratum 4897 corrects it, with a name in UTF-8", () => {
    const { response } = answerChallenge({
      challenge: {
        realm: "api@example.org",
        nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
        algorithm: "SHA-512-256",
        qop: ["auth"],
      },
      user: "Jäsøn Doe",
      password: "Secret, or not?",
      method: "GET",
      uri: "/doe.json",
      cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
      count: 1,
    });
    expect(response).toBe("3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
  });

  // Made with Python's hashlib, piece by piece as RFC 7616 §3.4.1 writes it.
  it.each([
    ["MD5", "auth", "6132a59252e78aecc356a84e43517ee7"],
    ["MD5", "auth-int", "3044cb76c2079827641cdd78ddc9f026"],
    ["MD5-sess", "auth", "1f556c853eea2d7151a3e767cafbac1a"],
    ["MD5-sess", "auth-int", "29636c59ec6e2977cf2c9ebf18bd3b82"],
    ["SHA-256", "auth", "16eca53f1acb7c9c5ae9c1e1b7efac9297b90124b629ba03250c2c9ce18db6d6"],
    ["SHA-256", "auth-int", "827e976c83d8c76d03fcbd94f6682890221f0374acfd69513371481353d81b58"],
    ["SHA-256-sess", "auth", "2c5955e8203920fc31ec0127beb78446723d3b6e9ef7f505a50b2a84e1a5025e"],
    ["SHA-256-sess", "auth-int", "72172a21ed0515380b138ab617d190d4d595d9aede44b1e33143f58dce36373c"],
    ["SHA-512-256", "auth", "b2d5df630e169d058a72e26c7f8b4bccc7087c1e2b0eec89c259a2b5840c32d2"],
    ["SHA-512-256", "auth-int", "d1bcb5f91242af12f1c82d1995951981d83e2a637a41fb4f251a5d244f43b478"],
    ["SHA-512-256-sess", "auth", "48faffbaa0c6157ee53b0e9c6702b16ec8a8d6893ab4f96fd4e09e7c45aa353d"],
    ["SHA-512-256-sess", "auth-int", "28c2b2fd3d621495e73460937fe1e586d7a2f33142bfb2e018ed61e37a136025"],
  ])("%s with %s hashes what the standard says, and a registrar finds the same", (algorithm, qop, response) => {
    const input = bob(algorithm, qop);
    const answer = answerChallenge(input);
    expect(answer.response).toBe(response);
    expect(verifyCredentials(answer, "MESSAGE", "secret", input.body)).toBe(true);
    expect(verifyCredentials(answer, "MESSAGE", "secreT", input.body)).toBe(false);
    expect(verifyCredentials(answer, "MESSAGE", "secret", Buffer.from("hello"))).toBe(qop === "auth");
  });

  it("a session stands on the first nonce and cnonce, whatever comes after them", () => {
    const session = { nonce: "n0", cnonce: "c0" };
    const first = answerChallenge({ ...bob("SHA-256-sess", "auth"), session });
    expect(first.response).not.toBe(answerChallenge(bob("SHA-256-sess", "auth")).response);
    expect(answerChallenge({ ...bob("SHA-256", "auth"), session }).response).toBe(
      answerChallenge(bob("SHA-256", "auth")).response,
    );
  });

  it("the server's proof hashes no method, and for auth-int the body of the response", () => {
    const input = { ...bob("SHA-256", "auth"), method: "REGISTER", uri: "sip:example.net", count: 1 };
    expect(serverProof(input, new Uint8Array(0))).toBe(
      "57ce4ea4263d8971471bba939a2e6d3b363f657ac4ea119596efd3671fe09a43",
    );
    expect(serverProof({ ...input, challenge: challenge("SHA-256", ["auth-int"]) }, Buffer.from("ok"))).toBe(
      "a0451ca8cbb33c4ace779308fa344e642f3613e15946760463a5635b0c1e7cd2",
    );
  });
});

describe("of several challenges", () => {
  const chosen = (algorithms: readonly (string | undefined)[], policy = {}) => {
    const choice = chooseChallenge(
      algorithms.map((algorithm) => challenge(algorithm)),
      policy,
    );
    return typeof choice === "object" ? (choice.algorithm ?? "none") : choice;
  };

  it.each([
    [["MD5", "SHA-256", "ROT13"], "SHA-256"],
    [["SHA-512-256", "SHA-256"], "SHA-512-256"],
    [[undefined, "md5"], "none"],
    [["SHA-256-sess", "SHA-256"], "SHA-256-sess"],
    [["AKAv1-MD5", "MD5"], "MD5"],
    [["AKAv2-MD5", "ROT13", "MD4"], undefined],
    [[], undefined],
  ])("%j: %s is answered", (algorithms, expected) => {
    expect(chosen(algorithms)).toBe(expected);
  });

  it("a minimum refuses what is weaker, and says that it was that", () => {
    expect(chosen([undefined, "MD5-sess"], { minAlgorithm: "SHA-256" })).toBe("tooWeak");
    expect(chosen(["MD5", "SHA-256"], { minAlgorithm: "SHA-256" })).toBe("SHA-256");
    expect(chosen(["ROT13"], { minAlgorithm: "SHA-256" })).toBeUndefined();
  });

  it("AKA goes before every password, but only with a SIM", () => {
    expect(chosen(["SHA-256", "AKAv1-MD5"], { aka: true, minAlgorithm: "SHA-256" })).toBe("AKAv1-MD5");
    expect(chosen(["SHA-256", "AKAv1-MD5"], { password: false })).toBeUndefined();
  });

  it("auth-int is answered where it alone is offered; an unknown qop is not", () => {
    expect(chooseChallenge([challenge("MD5", ["auth-int"])])).toBeDefined();
    expect(chooseChallenge([challenge("MD5", ["auth-conf"])])).toBeUndefined();
  });
});
