/**
 * Keeps what one user agent knows about signing in: credentials and, per header, the last challenge with its count.
 * At most one new answer per request, or two when the second challenge says the nonce was stale (RFC 7616 §3.3).
 */
import { InletError, randomToken } from "../kernel/index.ts";
import {
  type DigestChallenge,
  formatCredentials,
  type Header,
  headerValues,
  parseChallenges,
  type SipResponse,
} from "../wire/sip/index.ts";
import { answerChallenge, chooseChallenge } from "./digest.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

type Field = "authorization" | "proxy-authorization";

export class Authenticator {
  readonly #credentials: Credentials | undefined;
  readonly #known = new Map<Field, { challenge: DigestChallenge; count: number }>();

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /** Headers for a request, from challenges that were met before: saves a round trip. */
  headers(method: string, uri: string): Header[] {
    return [...this.#known.keys()].map((field) => this.#answer(field, method, uri));
  }

  /**
   * Takes in a 401 or 407. `answers` counts, by field, the challenges this request has answered so far and is updated.
   * "retry": send again with `headers`; "rejected": these credentials were tried and refused; "unsupported": no
   * credentials, or no challenge of a kind Inlet knows.
   */
  challenged(response: SipResponse, answers: Map<string, number>): "retry" | "rejected" | "unsupported" {
    const field: Field = response.status === 407 ? "proxy-authorization" : "authorization";
    const challenge = challengeOf(response);
    if (this.#credentials === undefined || challenge === undefined) return "unsupported";
    const answered = answers.get(field) ?? 0;
    if (answered > 1 || (answered === 1 && !challenge.stale)) {
      this.#known.delete(field);
      return "rejected";
    }
    answers.set(field, answered + 1);
    this.#known.set(field, { challenge, count: 0 });
    return "retry";
  }

  #answer(field: Field, method: string, uri: string): Header {
    const known = this.#known.get(field);
    if (known === undefined || this.#credentials === undefined) throw new Error("no challenge");
    known.count++;
    const credentials = answerChallenge({
      challenge: known.challenge,
      ...this.#credentials,
      method,
      uri,
      cnonce: randomToken(96),
      count: known.count,
    });
    return { name: field, value: formatCredentials(credentials) };
  }
}

function challengeOf(response: SipResponse): DigestChallenge | undefined {
  const name = response.status === 407 ? "proxy-authenticate" : "www-authenticate";
  return chooseChallenge(headerValues(response, name).flatMap(readable));
}

/** A 401 or 407 holds a challenge of a kind Inlet knows. */
export const canAnswer = (response: SipResponse): boolean => challengeOf(response) !== undefined;

/** A challenge that cannot be read is none; another may stand beside it. */
function readable(value: string): DigestChallenge[] {
  try {
    return parseChallenges(value);
  } catch (error) {
    if (error instanceof InletError) return [];
    throw error;
  }
}
