/**
 * Digest (RFC 7616, RFC 8760, RFC 3261 §22.4): the response to a challenge, and the choice among several. MD5, SHA-256
 * and SHA-512-256 with and without qop=auth; the strongest known algorithm wins. Pure.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { DigestChallenge, DigestCredentials } from "../wire/sip/index.ts";

const HASHES: Readonly<Record<string, string>> = { md5: "md5", "sha-256": "sha256", "sha-512-256": "sha512-256" };
const STRENGTH = ["md5", "sha-256", "sha-512-256"];

const strength = (challenge: DigestChallenge): number => STRENGTH.indexOf((challenge.algorithm ?? "MD5").toLowerCase());

/** The challenge to answer, or undefined when none is of a kind Inlet knows. auth-int alone is not known. */
export function chooseChallenge(challenges: readonly DigestChallenge[]): DigestChallenge | undefined {
  return challenges
    .filter((c) => strength(c) >= 0 && (c.qop.length === 0 || c.qop.includes("auth")))
    .reduce<DigestChallenge | undefined>(
      (best, c) => (best === undefined || strength(c) > strength(best) ? c : best),
      undefined,
    );
}

const hashOf = (algorithm: string | undefined): ((text: string) => string) | undefined => {
  const name = HASHES[(algorithm ?? "MD5").toLowerCase()];
  return name === undefined ? undefined : (text) => createHash(name).update(text).digest("hex");
};

export interface DigestInput {
  readonly challenge: Pick<DigestChallenge, "realm" | "nonce" | "algorithm" | "opaque" | "qop">;
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
}

/** Fails (bug) when the challenge is of an unknown algorithm: `chooseChallenge` filters those. */
export function answerChallenge(input: DigestInput): DigestCredentials {
  const { challenge, user, password, method, uri, cnonce } = input;
  const hash = hashOf(challenge.algorithm);
  if (hash === undefined) throw new Error("unknown digest algorithm");
  const nc = input.count.toString(16).padStart(8, "0");
  const ha1 = hash(`${user}:${challenge.realm}:${password}`);
  const ha2 = hash(`${method}:${uri}`);
  const withQop = challenge.qop.includes("auth");
  const response = withQop
    ? hash(`${ha1}:${challenge.nonce}:${nc}:${cnonce}:auth:${ha2}`)
    : hash(`${ha1}:${challenge.nonce}:${ha2}`);
  return {
    username: user,
    realm: challenge.realm,
    nonce: challenge.nonce,
    uri,
    response,
    ...(challenge.algorithm !== undefined && { algorithm: challenge.algorithm }),
    ...(challenge.opaque !== undefined && { opaque: challenge.opaque }),
    ...(withQop && { qop: "auth", cnonce, nc }),
  };
}

/** What a registrar does: the response that `password` would have given equals the one received. */
export function verifyCredentials(credentials: DigestCredentials, method: string, password: string): boolean {
  const hash = hashOf(credentials.algorithm);
  if (hash === undefined) return false;
  const ha1 = hash(`${credentials.username}:${credentials.realm}:${password}`);
  const ha2 = hash(`${method}:${credentials.uri}`);
  const expected =
    credentials.qop === undefined
      ? hash(`${ha1}:${credentials.nonce}:${ha2}`)
      : hash(
          `${ha1}:${credentials.nonce}:${credentials.nc ?? ""}:${credentials.cnonce ?? ""}:${credentials.qop}:${ha2}`,
        );
  const given = Buffer.from(credentials.response.toLowerCase());
  // In constant time: how much of a guess was right must not show.
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
}
