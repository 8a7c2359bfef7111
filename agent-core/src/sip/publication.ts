/**
 * Publishes the state of an event package (RFC 3903) and keeps it published. The decisions are
 * `publication-machine.ts`'s. An answer with no SIP-ETag, with two different ones, or one that is no token, brings none.
 */
import { assertNever, type Clock, seconds } from "../kernel/index.ts";
import {
  formatEvent,
  type Header,
  headerValue,
  headerValues,
  isToken,
  parseSeconds,
  type SipResponse,
} from "../wire/sip/index.ts";
import { failedBy } from "./failure.ts";
import { newSequence } from "./outgoing-request.ts";
import {
  type PublicationEffect,
  type PublicationInput,
  type PublicationState,
  type PublishOperation,
  stepPublication,
} from "./publication-machine.ts";
import type { Body } from "./reply.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export type PublicationOutcome =
  | { readonly outcome: "published" | "removed" }
  /** By a final status: nothing is tried again until the next `publish`. */
  | { readonly outcome: "failed"; readonly status: number };

export interface PublicationOptions {
  /** The resource: usually one's own address of record. */
  readonly uri: string;
  /** Event package. */
  readonly event: string;
  /** Seconds to ask for. */
  readonly expires: number;
  readonly clock: Clock;
  /** What was published last stands now, or is gone, or will not do. A refresh is not told. */
  settled(outcome: PublicationOutcome): void;
}

type TimerName = "refresh" | "expiry" | "retry";

export class Publication {
  readonly #agent: UserAgentCore;
  readonly #options: PublicationOptions;
  readonly #sequence = newSequence();
  #state: PublicationState = { phase: "idle" };
  #body: Body | undefined;
  #asked: number;
  #timers: Partial<Record<TimerName, Disposable>> = {};
  #disposed = false;

  constructor(agent: UserAgentCore, options: PublicationOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#asked = options.expires;
  }

  /** Publishes `body`, or puts it in place of what is published. While a request is on its way the last one counts. */
  publish(body: Body): void {
    this.#body = body;
    this.#input({ type: "publish" });
  }

  remove(): void {
    this.#input({ type: "remove" });
  }

  /** Tries at once what waits to be tried again: there is a connection again. */
  resume(): void {
    this.#input({ type: "retryDue" });
  }

  /** Forgets everything without a word on the wire; what is published lapses. */
  dispose(): void {
    this.#disposed = true;
    this.#rest();
  }

  #input(input: PublicationInput): void {
    if (this.#disposed) return;
    const { state, effects } = stepPublication(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: PublicationEffect): void {
    switch (effect.type) {
      case "send":
        void this.#send(effect.operation, effect.tag).then((input) => this.#input(input));
        break;
      case "ask":
        this.#asked = effect.seconds;
        break;
      case "refreshIn":
        this.#arm("refresh", effect.seconds, { type: "refreshDue" });
        break;
      case "expireIn":
        this.#arm("expiry", effect.seconds, { type: "expired" });
        break;
      case "retryIn":
        this.#arm("retry", effect.seconds, { type: "retryDue" });
        break;
      case "rest":
        this.#rest();
        break;
      case "report":
        this.#options.settled(
          effect.outcome === "failed"
            ? { outcome: effect.outcome, status: effect.status }
            : { outcome: effect.outcome },
        );
        break;
      default:
        assertNever(effect);
    }
  }

  #arm(name: TimerName, after: number, input: PublicationInput): void {
    this.#timers[name]?.[Symbol.dispose]();
    this.#timers[name] = this.#options.clock.after(seconds(after), () => this.#input(input));
  }

  #rest(): void {
    for (const timer of Object.values(this.#timers)) timer[Symbol.dispose]();
    this.#timers = {};
  }

  /** One of the four requests of RFC 3903 table 1, and what came of it. */
  async #send(operation: PublishOperation, tag: string | undefined): Promise<PublicationInput> {
    const { uri, event } = this.#options;
    const asked = operation === "remove" ? 0 : this.#asked;
    const headers: Header[] = [
      { name: "event", value: formatEvent({ package: event }) },
      { name: "expires", value: `${asked}` },
      ...(tag === undefined ? [] : [{ name: "sip-if-match", value: tag }]),
    ];
    const body = operation === "initial" || operation === "modify" ? this.#body : undefined;
    const response = await this.#agent.request({
      method: "PUBLISH",
      uri,
      to: uri,
      headers,
      sequence: this.#sequence,
      ...(body !== undefined && { body }),
    });
    return response.status < 300 ? acceptedBy(response, asked) : failedBy(response, asked);
  }
}

function acceptedBy(response: SipResponse, asked: number): PublicationInput {
  const [tag, ...others] = new Set(headerValues(response, "sip-etag").map((value) => value.trim()));
  const granted = parseSeconds(headerValue(response, "expires") ?? "") ?? asked;
  return {
    type: "accepted",
    expires: Math.min(granted, asked),
    ...(tag !== undefined && others.length === 0 && isToken(tag) && { tag }),
  };
}
