/**
 * Keeps what one user agent knows about signing in: its secrets and, for each realm, the last challenge with the count of
 * its nonce. Signs requests, checks the server's proof, takes the next nonce (RFC 7616 §3.3-3.5, RFC 3261 §22, RFC 3310).
 * A request answers each realm once, or twice when the second challenge calls the nonce stale or follows a refusal of ours
 * (AKA); whoever goes on asking is told nothing more.
 */
import { type ErrorCode, LIMITS, randomToken, readable } from "../kernel/index.ts";
import {
  answerChallenge,
  type ChallengePolicy,
  chooseChallenge,
  type DigestAlgorithm,
  type DigestChallenge,
  type DigestInput,
  formatCredentials,
  type Header,
  headerValues,
  parseAuthenticationInfo,
  parseChallenges,
  qopOf,
  type SipRequest,
  type SipResponse,
  sameProof,
  schemeOf,
  serverProof,
} from "../wire/sip/index.ts";
import { Aka, type AkaOptions } from "./aka.ts";
import { contents } from "./reply.ts";

export interface Credentials {
  readonly user: string;
  /** None: what asks for one is not answered. */
  readonly password?: string;
  /** Challenges of weaker algorithms are not answered. */
  readonly minAlgorithm?: DigestAlgorithm;
  /** Keys of a SIM: challenges of AKAv1 are answered. */
  readonly aka?: AkaOptions;
  /** An IMS wants to know who registers before it asks. */
  readonly introduce?: boolean;
}

type Field = "authorization" | "proxy-authorization";

interface Known {
  readonly field: Field;
  challenge: DigestChallenge;
  count: number;
  /** Of the first answer. */
  readonly session: { readonly nonce: string; readonly cnonce: string };
  password: string | Uint8Array;
  /** What the network has to hear instead of an answer; said once. */
  readonly refusal?: { readonly auts?: string };
}

/** A request's credentials, and what the server has to prove in return. */
export interface Signed {
  readonly headers: readonly Header[];
  readonly inputs: readonly { readonly key: string; readonly input: DigestInput }[];
}

/** By realm: how often one request has answered, and whether the last time it was we who refused. */
export type Answers = Map<string, { readonly count: number; readonly refused: boolean }>;

export class Authenticator {
  readonly #credentials: Credentials | undefined;
  /** Of the address of record: where who registers is known before anybody has asked. */
  readonly #home: string;
  readonly #policy: ChallengePolicy;
  readonly #aka: Aka | undefined;
  readonly #known = new Map<string, Known>();
  readonly #failures = new WeakMap<SipResponse, ErrorCode>();

  /** Fails with INLET_AKA_KEYS. */
  constructor(credentials: Credentials | undefined, home: string) {
    this.#credentials = credentials;
    this.#home = home;
    this.#aka = credentials?.aka === undefined ? undefined : new Aka(credentials.aka);
    this.#policy = {
      ...(credentials?.minAlgorithm !== undefined && { minAlgorithm: credentials.minAlgorithm }),
      password: credentials?.password !== undefined,
      aka: this.#aka !== undefined,
    };
  }

  /** Credentials for a request, from challenges that were met before: saves a round trip. */
  sign(request: SipRequest): Signed {
    const user = this.#credentials?.user;
    if (user === undefined) return { headers: [], inputs: [] };
    const headers: Header[] = [];
    const inputs: { key: string; input: DigestInput }[] = [];
    const introduces = this.#aka !== undefined || this.#credentials?.introduce === true;
    if (introduces && this.#known.size === 0 && request.method === "REGISTER") {
      headers.push(this.#introduction(user, request.requestUri));
    }
    for (const [key, known] of this.#known) {
      const input = this.#input(known, user, request);
      headers.push({ name: known.field, value: answer(known, input) });
      if (known.refusal === undefined) inputs.push({ key, input });
      else this.#known.delete(key);
    }
    return { headers: contents({ headers }).headers, inputs };
  }

  /** 3GPP TS 24.229 §5.1.1.2.2: who registers, before the first challenge. */
  #introduction(username: string, uri: string): Header {
    const credentials = { username, realm: this.#home, nonce: "", uri, response: "" };
    return { name: "authorization", value: formatCredentials(credentials) };
  }

  #input(known: Known, user: string, request: SipRequest): DigestInput {
    known.count++;
    const { challenge, password, count, session } = known;
    // In a session the cnonce stays: whether a server takes the first one or this one, they are the same.
    const cnonce = schemeOf(challenge.algorithm)?.session === true ? session.cnonce : randomToken(96);
    const { method, requestUri: uri, body } = request;
    return { challenge, user, password, method, uri, body, cnonce, count, session };
  }

  /** Takes in the final response of a signed request. False: the server gave a proof, and it is wrong. */
  heard({ inputs }: Signed, response: SipResponse): boolean {
    if (response.status < 200) return true;
    const infos = ["authentication-info", "proxy-authentication-info"].flatMap((name) => headerValues(response, name));
    for (const value of infos) {
      const info = readable(() => parseAuthenticationInfo(value));
      if (info === undefined) continue;
      const { rspauth, qop, nextnonce } = info;
      // Without qop there is no proof (RFC 2069).
      const provable = inputs.filter(({ input }) => qopOf(input.challenge) !== undefined);
      const proven = provable.some(({ input }) => sameProof(rspauth ?? "", proofFor(input, qop, response.body)));
      if (rspauth !== undefined && provable.length > 0 && !proven) {
        for (const { key } of inputs) this.#known.delete(key);
        return false;
      }
      const [used] = inputs;
      if (nextnonce !== undefined && used !== undefined) this.#next(used.key, used.input.challenge.nonce, nextnonce);
    }
    return true;
  }

  /** The nonce to use from now on; a SIM has to be asked again. */
  #next(key: string, used: string, nonce: string): void {
    const known = this.#known.get(key);
    if (known === undefined || known.challenge.nonce !== used) return;
    if (schemeOf(known.challenge.algorithm)?.aka === true) {
      const outcome = this.#aka?.challenged(nonce);
      if (outcome?.type !== "authenticated") {
        this.#known.delete(key);
        return;
      }
      known.password = outcome.res;
    }
    known.challenge = { ...known.challenge, nonce };
    known.count = 0;
  }

  /**
   * Takes in a 401 or 407. `answers` tells what this request has answered so far and is updated. "retry": send again,
   * signed anew; otherwise `failureOf` says why not.
   */
  challenged(response: SipResponse, answers: Answers): "retry" | "failed" {
    const field: Field = isProxy(response) ? "proxy-authorization" : "authorization";
    let failure: ErrorCode = "INLET_AUTH_UNSUPPORTED";
    const met: Known[] = [];
    for (const [realm, challenges] of Map.groupBy(challengesOf(response), (challenge) => challenge.realm)) {
      const chosen = chooseChallenge(challenges, this.#policy);
      if (chosen === "tooWeak") failure = "INLET_AUTH_TOO_WEAK";
      if (chosen === undefined || chosen === "tooWeak") continue;
      const key = keyOf(field, realm);
      if (!mayAnswer(chosen, answers, key)) {
        // One realm that does not believe us makes the whole answer a refusal.
        failure = answers.get(key)?.refused === true ? "INLET_AUTH_SERVER_UNPROVEN" : "INLET_AUTH_REJECTED";
        this.#known.delete(key);
        met.length = 0;
        break;
      }
      const known = this.#meet(field, chosen);
      if (known !== undefined) met.push(known);
    }
    for (const known of met) {
      const key = keyOf(field, known.challenge.realm);
      answers.set(key, { count: (answers.get(key)?.count ?? 0) + 1, refused: known.refusal !== undefined });
      this.#known.set(key, known);
    }
    for (const key of this.#known.keys()) if (this.#known.size > LIMITS.sipRealms) this.#known.delete(key);
    if (met.length > 0) return "retry";
    this.#failures.set(response, failure);
    return "failed";
  }

  /** Why this challenge was not met. */
  failureOf(response: SipResponse): ErrorCode | undefined {
    return this.#failures.get(response);
  }

  #meet(field: Field, challenge: DigestChallenge): Known | undefined {
    const fresh = { field, challenge, count: 0, session: { nonce: challenge.nonce, cnonce: randomToken(96) } };
    const before = this.#known.get(keyOf(field, challenge.realm));
    // A nonce that is known counts on, and a SIM does not take it twice.
    if (before !== undefined && before.challenge.nonce === challenge.nonce && !challenge.stale) {
      const same = before.challenge.algorithm === challenge.algorithm;
      return { ...before, challenge, session: same ? before.session : fresh.session };
    }
    if (schemeOf(challenge.algorithm)?.aka !== true) {
      const password = this.#credentials?.password;
      return password === undefined ? undefined : { ...fresh, password };
    }
    const outcome = this.#aka?.challenged(challenge.nonce);
    switch (outcome?.type) {
      case undefined:
        return undefined;
      case "authenticated":
        return { ...fresh, password: outcome.res };
      case "macFailure":
        return { ...fresh, password: "", refusal: {} };
      case "syncFailure":
        return { ...fresh, password: "", refusal: { auts: Buffer.from(outcome.auts).toString("base64") } };
    }
  }
}

const keyOf = (field: Field, realm: string): string => `${field} ${realm}`;

function mayAnswer(challenge: DigestChallenge, answers: Answers, key: string): boolean {
  const total = [...answers.values()].reduce((sum, { count }) => sum + count, 0);
  const before = answers.get(key);
  if (before === undefined) return total < LIMITS.sipAnswers;
  return before.count === 1 && (challenge.stale || before.refused);
}

/** RFC 3310 §3.3, §3.4: a MAC that is wrong gets an empty response, a number out of order auts with an empty password. */
function answer({ refusal }: Known, input: DigestInput): string {
  const credentials = answerChallenge(input);
  if (refusal === undefined) return formatCredentials(credentials);
  if (refusal.auts !== undefined) return formatCredentials({ ...credentials, auts: refusal.auts });
  const { username, realm, nonce, uri, algorithm, opaque } = credentials;
  return formatCredentials({
    ...{ username, realm, nonce, uri, response: "" },
    ...(algorithm !== undefined && { algorithm }),
    ...(opaque !== undefined && { opaque }),
  });
}

function proofFor(input: DigestInput, qop: string | undefined, body: Uint8Array): string {
  const challenge = { ...input.challenge, ...(qop !== undefined && { qop: [qop] }) };
  return serverProof({ ...input, challenge }, body);
}

/** A 494 may hold a challenge of either kind. */
const isProxy = (response: SipResponse): boolean =>
  response.status === 407 || (response.status === 494 && headerValues(response, "www-authenticate").length === 0);

/** A response holds a digest challenge, of whatever kind. */
export const hasChallenge = (response: SipResponse): boolean => challengesOf(response).length > 0;

/** One that cannot be read is not there; another may stand beside it. */
const challengesOf = (response: SipResponse): DigestChallenge[] =>
  headerValues(response, isProxy(response) ? "proxy-authenticate" : "www-authenticate").flatMap(
    (value) => readable(() => parseChallenges(value)) ?? [],
  );

/** A 401 or 407 holds a challenge of a kind Inlet knows. */
export const canAnswer = (response: SipResponse): boolean => chooseChallenge(challengesOf(response)) !== undefined;
