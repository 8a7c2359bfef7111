/**
 * The registrar of one account, as a client sees it (RFC 3261 §10, RFC 5626 §4.2): a REGISTER of ours, what is asked for in it,
 * and what its answer means for the registration and for the connection that it came over.
 */
import { InletError, type Reason, reason } from "../kernel/index.ts";
import { isLocal, newSequence, type OpenFlow, type UserAgent } from "../sip/index.ts";
import type { SipResponse } from "../wire/sip/index.ts";
import { readGranted, readRefusal } from "./registrar-answer.ts";
import type { RegistrationInput } from "./registration.ts";

/** `flow`: that outbound (RFC 5626) was asked for on. */
interface Answer {
  readonly response: SipResponse;
  readonly expires: number;
  readonly flow: OpenFlow | undefined;
}

export class Registrar {
  /** Our addresses, as the network knows them. */
  identities: readonly string[] = [];
  readonly #agent: UserAgent;
  readonly #gruu: boolean | undefined;
  readonly #before: () => readonly string[];
  readonly #sequence = newSequence();
  /** The first hop has not refused it (439). */
  #outbound = true;

  /**
   * `gruu`: use it as Contact in dialogs; default where the core shows that it finds its way to it. `before`: what requests
   * pass before the service route.
   */
  constructor(agent: UserAgent, gruu: boolean | undefined, before: () => readonly string[]) {
    this.#agent = agent;
    this.#gruu = gruu;
    this.#before = before;
  }

  /** Asks for so many seconds (0: no more) over the agent's connection, which is `flow`. */
  async ask(expires: number, flow: OpenFlow | undefined): Promise<Answer> {
    const outbound = this.#outbound && flow?.reliable === true;
    return { response: await this.#send(expires, outbound), expires, flow: outbound ? flow : undefined };
  }

  /**
   * What an answer on the agent's connection means; a 2xx makes the agent's binding. `others`: another server is known. Where
   * TLS is agreed on and missing it is "disconnected".
   */
  understand(answer: Answer, others: boolean): RegistrationInput {
    try {
      return this.#read(answer, others);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      return { type: "refused", status: 500, reason: error.reason, others };
    }
  }

  #send(expires: number, outbound: boolean): Promise<SipResponse> {
    const { flowUri, options, aor, allow } = this.#agent;
    return this.#agent.request({
      method: "REGISTER",
      // RFC 3261 §10.2: the domain whose location service is meant, without a user.
      uri: `sip:${aor.host}`,
      headers: [
        { name: "contact", value: `<${flowUri}>${options.contactFeatures ?? ""}${outbound ? ";reg-id=1" : ""}` },
        { name: "expires", value: `${expires}` },
        { name: "supported", value: outbound ? "path, gruu, outbound" : "path, gruu" },
        allow,
      ],
      sequence: this.#sequence,
    });
  }

  #read({ response, expires, flow }: Answer, others: boolean): RegistrationInput {
    if (response.status === 439 && flow !== undefined && expires > 0) {
      this.#outbound = false;
      return { type: "outboundRefused" };
    }
    if (response.status >= 300 && this.#agent.needsTls)
      return { type: "disconnected", reason: reason("INLET_SECURITY_AGREEMENT"), others: true };
    if (response.status >= 300) return readRefusal(response, this.#refusal(response), others);
    const granted = readGranted(response, this.#agent.flowUri, expires);
    const outbound = flow !== undefined && granted.outbound;
    if (outbound) flow.promised(granted.flowTimer);
    const useGruu = this.#gruu ?? (outbound || granted.serviceRoute.length > 0);
    const { serviceRoute, publicGruu, identities } = granted;
    this.identities = identities;
    this.#agent.binding = {
      serviceRoute: [...this.#before(), ...serviceRoute],
      outbound,
      ...(useGruu && publicGruu !== undefined && { gruu: publicGruu }),
    };
    return { type: "accepted", expires: granted.expires };
  }

  #refusal(response: SipResponse): Reason {
    const { status } = response;
    const words = `${status} ${response.reasonPhrase}`.trim().slice(0, 120);
    const authentication = this.#agent.authenticationFailure(response);
    if (authentication !== undefined) return reason(authentication, isLocal(response) ? undefined : words);
    if (isLocal(response)) return reason(status === 408 ? "INLET_SIP_TIMEOUT" : "INLET_SIP_CONNECTION_LOST");
    return reason(status === 494 ? "INLET_SECURITY_AGREEMENT" : "INLET_REGISTRATION_REJECTED", words);
  }
}
