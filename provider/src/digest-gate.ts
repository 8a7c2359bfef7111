/**
 * Digest on the server's side (RFC 7616, RFC 8760, RFC 3261 §22): SHA-256 and MD5 are offered, in this order, with
 * qop=auth. A nonce holds its own time and a proof that it is ours, so that a stranger's requests leave nothing behind;
 * what was used with it is remembered until it is too old, and refused a second time.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Clock, readable } from "@inlet/agent-core/kernel";
import {
  type DigestCredentials,
  formatChallenge,
  formatUri,
  parseCredentials,
  parseUri,
  verifyCredentials,
} from "@inlet/agent-core/wire/sip";

export interface DigestGateOptions {
  readonly realm: string;
  /** User name → password. */
  readonly users: ReadonlyMap<string, string>;
  readonly clock: Clock;
}

export type Verdict =
  | { readonly result: "accepted"; readonly user: string }
  /** No credentials for this realm, or wrong ones. */
  | { readonly result: "challenge" }
  /** Right, but with a nonce that is too old or was used before. */
  | { readonly result: "stale" }
  | { readonly result: "unknownUser" };

export const NONCE_LIFETIME = 300_000;

export class DigestGate {
  readonly realm: string;
  readonly #options: DigestGateOptions;
  readonly #key = randomBytes(32);
  /** Nonce → highest count it was used with, by its users only. */
  readonly #used = new Map<string, number>();

  constructor(options: DigestGateOptions) {
    this.realm = options.realm;
    this.#options = options;
  }

  /** Values for WWW-Authenticate or Proxy-Authenticate, the stronger one first. */
  challenges(stale: boolean): string[] {
    const nonce = this.#newNonce();
    return ["SHA-256", "MD5"].map((algorithm) =>
      formatChallenge({ realm: this.realm, nonce, algorithm, qop: ["auth"], stale }),
    );
  }

  /** @param values the Authorization or Proxy-Authorization headers. */
  check(values: readonly string[], method: string, requestUri: string): Verdict {
    const credentials = values.flatMap(readCredentials).find(({ realm }) => realm === this.realm);
    if (credentials === undefined) return { result: "challenge" };
    const password = this.#options.users.get(credentials.username);
    if (password === undefined) return { result: "unknownUser" };
    const { algorithm = "MD5", qop, nonce } = credentials;
    if (!/^(MD5|SHA-256)$/i.test(algorithm) || qop !== "auth") return { result: "challenge" };
    if (!sameUri(credentials.uri, requestUri)) return { result: "challenge" };
    if (!verifyCredentials(credentials, method, password)) return { result: "challenge" };
    const madeAt = this.#madeAt(nonce);
    const count = /^[0-9a-f]{8}$/i.test(credentials.nc ?? "") ? Number.parseInt(credentials.nc ?? "", 16) : 0;
    const fresh = madeAt !== undefined && this.#options.clock.elapsed() - madeAt < NONCE_LIFETIME;
    if (!fresh || count <= (this.#used.get(nonce) ?? 0)) return { result: "stale" };
    this.#use(nonce, count);
    return { result: "accepted", user: credentials.username };
  }

  #newNonce(): string {
    const time = Math.floor(this.#options.clock.elapsed()).toString(36);
    const random = randomBytes(9).toString("base64url");
    return `${time}.${random}.${this.#proof(`${time}.${random}`)}`;
  }

  #proof(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url").slice(0, 24);
  }

  /** undefined: not a nonce of ours. */
  #madeAt(nonce: string): number | undefined {
    const end = nonce.lastIndexOf(".");
    const proof = Buffer.from(nonce.slice(end + 1));
    const wanted = Buffer.from(this.#proof(nonce.slice(0, Math.max(0, end))));
    if (proof.length !== wanted.length || !timingSafeEqual(proof, wanted)) return undefined;
    return Number.parseInt(nonce, 36);
  }

  #use(nonce: string, count: number): void {
    const now = this.#options.clock.elapsed();
    for (const old of this.#used.keys()) {
      const madeAt = this.#madeAt(old);
      if (madeAt === undefined || now - madeAt >= NONCE_LIFETIME) this.#used.delete(old);
    }
    this.#used.set(nonce, count);
  }
}

/** Credentials of another scheme, or damaged ones, are none. */
const readCredentials = (value: string): DigestCredentials[] => readable(() => [parseCredentials(value)]) ?? [];

const sameUri = (one: string, other: string): boolean =>
  readable(() => formatUri(parseUri(one)) === formatUri(parseUri(other))) === true;
