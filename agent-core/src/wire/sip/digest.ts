/**
 * Digest (RFC 7616, RFC 8760, RFC 3261 §22.4; RFC 3310 for AKA): the response to a challenge, the server's proof, and the
 * choice among several challenges. MD5, SHA-256 and SHA-512-256, each also as `-sess` and under AKAv1, without qop or with
 * auth or auth-int. The strongest algorithm wins. Pure. Refuses nothing: what it does not know is not chosen.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { DigestChallenge, DigestCredentials } from "./challenge.ts";

/** Weakest first. */
export const DIGEST_ALGORITHMS = ["MD5", "SHA-256", "SHA-512-256"] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

interface Scheme {
  readonly hash: string;
  /** Place in `DIGEST_ALGORITHMS`. */
  readonly strength: number;
  /** `-sess`: what is hashed stands for a whole session. */
  readonly session: boolean;
  /** The password comes from a SIM, and is used once. */
  readonly aka: boolean;
}

const HASHES = ["md5", "sha256", "sha512-256"] as const;

export function schemeOf(algorithm: string | undefined): Scheme | undefined {
  const match = /^(akav1-)?(md5|sha-256|sha-512-256)(-sess)?$/i.exec(algorithm ?? "MD5");
  const names: readonly string[] = DIGEST_ALGORITHMS;
  const strength = names.indexOf(match?.[2]?.toUpperCase() ?? "");
  const hash = HASHES[strength];
  if (match === null || hash === undefined) return undefined;
  return { hash, strength, session: match[3] !== undefined, aka: match[1] !== undefined };
}

/** What may be answered. */
export interface ChallengePolicy {
  /** Weaker ones are not answered. A password out of a SIM serves once, so AKA is never too weak. */
  readonly minAlgorithm?: DigestAlgorithm;
  /** There is a password. Default true. */
  readonly password?: boolean;
  /** There are the keys of a SIM. Default false. */
  readonly aka?: boolean;
}

const isReadable = (challenge: DigestChallenge): boolean =>
  schemeOf(challenge.algorithm) !== undefined && (challenge.qop.length === 0 || qopOf(challenge) !== undefined);

function isAllowed(challenge: DigestChallenge, policy: ChallengePolicy): boolean {
  const scheme = schemeOf(challenge.algorithm);
  if (scheme === undefined) return false;
  if (scheme.aka) return policy.aka === true;
  return policy.password !== false && scheme.strength >= DIGEST_ALGORITHMS.indexOf(policy.minAlgorithm ?? "MD5");
}

/** Above every hash stands the SIM. */
function rank(challenge: DigestChallenge): number {
  const scheme = schemeOf(challenge.algorithm);
  return scheme === undefined ? -1 : scheme.strength + (scheme.aka ? DIGEST_ALGORITHMS.length : 0);
}

/** The challenge to answer: the strongest, among equals the server's first. "tooWeak": only the policy stands against it. */
export function chooseChallenge(
  challenges: readonly DigestChallenge[],
  policy: ChallengePolicy = {},
): DigestChallenge | "tooWeak" | undefined {
  const readable = challenges.filter(isReadable);
  const [first, ...others] = readable.filter((challenge) => isAllowed(challenge, policy));
  if (first !== undefined) return others.reduce((best, c) => (rank(c) > rank(best) ? c : best), first);
  const { minAlgorithm: _, ...lenient } = policy;
  return readable.some((challenge) => isAllowed(challenge, lenient)) ? "tooWeak" : undefined;
}

/** auth where it is offered: what lies on the way may change a body. */
export function qopOf(challenge: Pick<DigestChallenge, "qop">): "auth" | "auth-int" | undefined {
  if (challenge.qop.includes("auth")) return "auth";
  return challenge.qop.includes("auth-int") ? "auth-int" : undefined;
}

export interface DigestInput {
  readonly challenge: Pick<DigestChallenge, "realm" | "nonce" | "algorithm" | "opaque" | "qop" | "userhash">;
  readonly user: string;
  /** Octets from a SIM, text from a person (hashed as UTF-8). */
  readonly password: string | Uint8Array;
  readonly method: string;
  readonly uri: string;
  /** For auth-int. Default none. */
  readonly body?: Uint8Array;
  readonly cnonce: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
  /** Of the first answer to the challenge, for `-sess`; default that of this one. */
  readonly session?: { readonly nonce: string; readonly cnonce: string };
}

type Hash = (...pieces: readonly (string | Uint8Array)[]) => string;

function hashOf(algorithm: string | undefined): Hash | undefined {
  const scheme = schemeOf(algorithm);
  if (scheme === undefined) return undefined;
  return (...pieces) => {
    const hash = createHash(scheme.hash);
    for (const piece of pieces) hash.update(piece);
    return hash.digest("hex");
  };
}

interface Hashed {
  readonly algorithm: string | undefined;
  readonly user: string;
  readonly realm: string;
  readonly password: string | Uint8Array;
  readonly nonce: string;
  readonly qop: string | undefined;
  readonly nc: string;
  readonly cnonce: string;
  readonly session: { readonly nonce: string; readonly cnonce: string };
  /** Empty in the server's proof. */
  readonly method: string;
  readonly uri: string;
  readonly body: Uint8Array;
}

/** RFC 7616 §3.4.1; undefined when the algorithm is not known. */
function respond(input: Hashed): string | undefined {
  const { algorithm, user, realm, password, nonce, qop, nc, cnonce, session, method, uri, body } = input;
  const hash = hashOf(algorithm);
  if (hash === undefined) return undefined;
  const secret = hash(`${user}:${realm}:`, password);
  const ha1 = schemeOf(algorithm)?.session === true ? hash(`${secret}:${session.nonce}:${session.cnonce}`) : secret;
  const ha2 = hash(qop === "auth-int" ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`);
  return hash(qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}

const NOTHING = new Uint8Array(0);

function hashed(input: DigestInput): Hashed {
  const { challenge, user, password, method, uri, cnonce } = input;
  return {
    ...{ user, password, method, uri, cnonce },
    ...{ realm: challenge.realm, nonce: challenge.nonce, algorithm: challenge.algorithm },
    qop: qopOf(challenge),
    nc: input.count.toString(16).padStart(8, "0"),
    session: input.session ?? { nonce: challenge.nonce, cnonce },
    body: input.body ?? NOTHING,
  };
}

/** Fails (bug) when the challenge is of an unknown algorithm: `chooseChallenge` leaves those out. */
export function answerChallenge(input: DigestInput): DigestCredentials {
  const { challenge } = input;
  const { user, realm, nonce, uri, nc, cnonce, qop } = hashed(input);
  const response = respond(hashed(input));
  if (response === undefined) throw new Error("unknown digest algorithm");
  const username = challenge.userhash === true ? hashOf(challenge.algorithm)?.(`${user}:${realm}`) : undefined;
  return {
    ...{ username: username ?? user, realm, nonce, uri, response },
    ...(username !== undefined && { userhash: true as const }),
    ...(challenge.algorithm !== undefined && { algorithm: challenge.algorithm }),
    ...(challenge.opaque !== undefined && { opaque: challenge.opaque }),
    ...(qop !== undefined && { qop, nc }),
    // A session is made with it, whatever the qop.
    ...((qop !== undefined || schemeOf(challenge.algorithm)?.session === true) && { cnonce }),
  };
}

/** The server's proof that it knows the password too (`rspauth`, RFC 7616 §3.5), for the request that `input` signed. */
export const serverProof = (input: DigestInput, responseBody: Uint8Array): string =>
  respond({ ...hashed(input), method: "", body: responseBody }) ?? "";

/** In constant time: how much of a guess was right must not show. */
export function sameProof(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given.toLowerCase()), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What a registrar does: the response that `password` would have given equals the one received. */
export function verifyCredentials(
  credentials: DigestCredentials,
  method: string,
  password: string,
  body: Uint8Array = NOTHING,
): boolean {
  const { username: user, realm, nonce, uri, algorithm, qop, nc = "", cnonce = "" } = credentials;
  const session = { nonce, cnonce };
  const expected = respond({ user, realm, password, nonce, uri, algorithm, qop, nc, cnonce, session, method, body });
  return expected !== undefined && sameProof(credentials.response, expected);
}
