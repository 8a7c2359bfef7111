/**
 * A REFER outside of a dialog (RFC 3515), with progress by NOTIFYs of `message/sipfrag`, or without where neither side
 * wants it (RFC 4488). The decisions are `refer-machine.ts`'s. Refused NOTIFYs are as `subscription.ts` refuses them;
 * their Event is `refer`, with the CSeq of the REFER as id or with none.
 */
import { assertNever, type Clock, millis, seconds } from "../kernel/index.ts";
import {
  type EventName,
  type Header,
  headerValue,
  parseEvent,
  type SipRequest,
  type SipResponse,
  type SubscriptionStatus,
} from "../wire/sip/index.ts";
import { parseSipfrag } from "../wire/sipfrag/index.ts";
import { dialogOfCalled } from "./dialog.ts";
import { EventDialog } from "./event-dialog.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { checkBody, checkNotify, notTaken } from "./notify.ts";
import { newSequence } from "./outgoing-request.ts";
import { type ReferEffect, type ReferInput, type ReferOutcome, type ReferState, stepRefer } from "./refer-machine.ts";
import type { Body } from "./reply.ts";
import { PATIENCE } from "./transaction/index.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export interface ReferOptions {
  /** Request-URI, and To. */
  readonly uri: string;
  /** The URI to go to, with `;method=` where it is not an INVITE. Its brackets are set here. */
  readonly target: string;
  /** False asks for no subscription (Refer-Sub: false). Whether there is one the answer says. */
  readonly progress: boolean;
  readonly headers?: readonly Header[];
  readonly body?: Body;
  readonly clock: Clock;
  /** Provisional statuses of the request that was referred to. */
  progressed?(status: number, reason: string): void;
}

const SIPFRAG = "message/sipfrag";

export class Refer {
  /** The answer to the REFER itself; without any a 408 or 503 of our own. */
  readonly answered: Promise<SipResponse>;
  /** What became of it. Never rejects; after `dispose` it is unknown. */
  readonly result: Promise<ReferOutcome>;
  readonly #agent: UserAgentCore;
  readonly #options: ReferOptions;
  readonly #sequence = newSequence();
  readonly #settle: (outcome: ReferOutcome) => void;
  #state: ReferState = { phase: "asking" };
  #dialog: EventDialog | undefined;
  #timers: Partial<Record<"notify" | "expiry", Disposable>> = {};

  /** Sends it. */
  constructor(agent: UserAgentCore, options: ReferOptions) {
    this.#agent = agent;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<ReferOutcome>();
    this.result = promise;
    this.#settle = resolve;
    agent.expectedNotifies.set(this.#key, (incoming) => this.#received(incoming));
    this.answered = this.#send().then((response) => {
      this.#input(inputOf(response));
      return response;
    });
  }

  /** Forgets it without a word on the wire. */
  dispose(): void {
    this.#state = { phase: "ended" };
    this.#drop();
    this.#settle({ kind: "unknown" });
  }

  get #key(): string {
    return `${this.#sequence.callId} ${this.#sequence.fromTag}`;
  }

  #send(): Promise<SipResponse> {
    const { uri, target, progress, headers = [], body } = this.#options;
    return this.#agent.request({
      method: "REFER",
      uri,
      to: uri,
      sequence: this.#sequence,
      headers: [
        { name: "contact", value: this.#agent.contact },
        { name: "refer-to", value: `<${target}>` },
        { name: "accept", value: SIPFRAG },
        ...(progress
          ? []
          : [
              { name: "supported", value: "norefersub" },
              { name: "refer-sub", value: "false" },
            ]),
        ...headers,
      ],
      ...(body !== undefined && { body }),
    });
  }

  #input(input: ReferInput): void {
    const { state, effects } = stepRefer(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: ReferEffect): void {
    switch (effect.type) {
      case "expectNotify":
        this.#arm("notify", PATIENCE, { type: "notifyOverdue" });
        break;
      case "expireIn":
        this.#timers.notify?.[Symbol.dispose]();
        this.#arm("expiry", seconds(effect.seconds), { type: "expired" });
        break;
      case "progress":
        this.#options.progressed?.(effect.status, effect.reason);
        break;
      case "settle":
        this.#settle(effect.outcome);
        break;
      case "drop":
        this.#drop();
        break;
      default:
        assertNever(effect);
    }
  }

  #arm(name: "notify" | "expiry", delay: number, input: ReferInput): void {
    this.#timers[name]?.[Symbol.dispose]();
    this.#timers[name] = this.#options.clock.after(millis(delay), () => this.#input(input));
  }

  #drop(): void {
    for (const timer of Object.values(this.#timers)) timer[Symbol.dispose]();
    this.#timers = {};
    this.#agent.expectedNotifies.delete(this.#key);
    this.#dialog?.dispose();
    this.#dialog = undefined;
  }

  #received(incoming: IncomingRequest): void {
    const { request } = incoming;
    try {
      const checked = checkNotify(request, this.#event(request));
      if (checked.refused !== undefined) {
        incoming.respond(checked.refused.status, checked.refused);
        return;
      }
      checkBody(request, SIPFRAG);
      const input = notifiedBy(request, checked.status);
      this.#establish(request);
      incoming.respond(200);
      this.#input(input);
    } catch (error) {
      const refusal = notTaken(error, SIPFRAG);
      incoming.respond(refusal.status, refusal);
    }
  }

  /** The first NOTIFY makes the dialog; those of other forks are answered 481 from then on. */
  #establish(request: SipRequest): void {
    if (this.#dialog !== undefined) return;
    const dialog = { ...dialogOfCalled(request, this.#sequence.fromTag), localCSeq: this.#sequence.cseq };
    this.#dialog = new EventDialog(this.#agent, dialog, (later) => this.#received(later));
    this.#agent.expectedNotifies.delete(this.#key);
  }

  /** The first REFER of a dialog may be named by its CSeq or not at all (RFC 3515 §2.4.6). */
  #event(request: SipRequest): EventName {
    const { id } = parseEvent(headerValue(request, "event") ?? "refer");
    return { package: "refer", ...(id !== undefined && { id: `${this.#sequence.cseq}` }) };
  }
}

function inputOf(response: SipResponse): ReferInput {
  const { status, reasonPhrase } = response;
  if (status >= 300) return { type: "refused", status, reason: reasonPhrase };
  return { type: "accepted", subscribed: headerValue(response, "refer-sub")?.trim().toLowerCase() !== "false" };
}

function notifiedBy(request: SipRequest, { state, expires }: SubscriptionStatus): ReferInput {
  const line = request.body.length === 0 ? {} : { line: parseSipfrag(request.body) };
  if (state === "terminated") return { type: "terminated", ...line };
  return { type: "notified", ...line, ...(expires !== undefined && { expires }) };
}
