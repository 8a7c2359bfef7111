/**
 * One user agent's standing with its servers: every request is signed on its way out, and an exchange goes on while what it
 * is answered with can be met: challenges (RFC 3261 §22), and offers of security (RFC 3329).
 */
import type { ErrorCode } from "../kernel/index.ts";
import { type Header, headerValues, type SipRequest, type SipResponse } from "../wire/sip/index.ts";
import { type Answers, Authenticator, type Credentials, hasChallenge, type Signed } from "./authenticator.ts";
import { isLocal } from "./response.ts";
import { SecurityAgreement, type SecurityMechanism } from "./security-agreement.ts";

export interface SignInOptions {
  readonly credentials?: Credentials;
  /** What to agree on with the first hop (RFC 3329), most wanted first. Default: nothing. */
  readonly securityAgreement?: readonly SecurityMechanism[];
}

const isChallenge = ({ status }: SipResponse): boolean => status === 401 || status === 407;

export class SignIn {
  readonly #authenticator: Authenticator;
  readonly #agreement: SecurityAgreement;
  readonly #agrees: boolean;

  /** Fails with INLET_AKA_KEYS. `home`: the domain of the address of record. */
  constructor(options: SignInOptions, home: string) {
    this.#authenticator = new Authenticator(options.credentials, home);
    this.#agreement = new SecurityAgreement(options.securityAgreement ?? []);
    this.#agrees = (options.securityAgreement ?? []).length > 0;
  }

  /** The first hop has agreed on TLS. */
  get agreedOnTls(): boolean {
    return this.#agreement.chosen === "tls";
  }

  /** What a request carries besides what it says; `signed` is for its response. */
  sign(request: SipRequest): { readonly signed: Signed; readonly headers: readonly Header[] } {
    const signed = this.#authenticator.sign(request);
    return { signed, headers: [...signed.headers, ...this.#agreement.headers(request)] };
  }

  /** False: the server gave a proof, and it is wrong. */
  heard(signed: Signed, response: SipResponse): boolean {
    return this.#authenticator.heard(signed, response);
  }

  /** Repeats `attempt` while its answer can be met. `isSecure`: the connection already is what TLS would make of it. */
  async exchange(attempt: () => Promise<SipResponse>, isSecure: () => boolean): Promise<SipResponse> {
    const answers: Answers = new Map();
    let agreed = false;
    for (;;) {
      const response = await attempt();
      if (isLocal(response)) return response;
      if (this.#offersSecurity(response)) {
        // A second list in one exchange: somebody on the way has changed the first, or goes on asking.
        if (agreed || !this.#agreement.offered(response)) return response;
        agreed = true;
        if (this.agreedOnTls && !isSecure()) return response;
        if (!isChallenge(response) && !hasChallenge(response)) continue;
      } else if (!isChallenge(response)) return response;
      if (this.#authenticator.challenged(response, answers) !== "retry") return response;
    }
  }

  #offersSecurity(response: SipResponse): boolean {
    if (!this.#agrees) return false;
    return response.status === 494 || (isChallenge(response) && headerValues(response, "security-server").length > 0);
  }

  /** Why signing in has failed, where this is a response to it. */
  failureOf(response: SipResponse): ErrorCode | undefined {
    if (isLocal(response) && response.status === 401) return "INLET_AUTH_SERVER_UNPROVEN";
    return this.#authenticator.failureOf(response);
  }
}
