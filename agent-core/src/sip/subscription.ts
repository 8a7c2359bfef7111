/**
 * Runs a subscription: SUBSCRIBE, NOTIFYs, refresh, retry, unsubscribe. The decisions are `subscription-machine.ts`'s.
 * A NOTIFY is answered 200 only after `notified` has settled, so that nothing acknowledged is lost.
 */
import { assertNever, type Clock, InletError, millis, seconds } from "../kernel/index.ts";
import { headerValue, parseParameters, type SipRequest, type SipResponse } from "../wire/sip/index.ts";
import { dialogOfCalled, dialogOfCaller } from "./dialog.ts";
import { EventDialog } from "./event-dialog.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import {
  type SubscriptionEffect,
  type SubscriptionInput,
  type SubscriptionState,
  stepSubscription,
} from "./subscription-machine.ts";
import { newSequence, type UserAgent } from "./user-agent.ts";

export interface SubscriptionOptions {
  readonly uri: string;
  /** Event package. */
  readonly event: string;
  readonly accept: string;
  /** Seconds to ask for. */
  readonly expires: number;
  readonly clock: Clock;
  /** A NOTIFY with a body. May fail with an InletError: the NOTIFY is then answered with its status. */
  notified(request: SipRequest): Promise<void> | void;
  /** `unavailable`: the notifier does not serve it to us; `ended`: by our own wish. */
  ended(outcome: "unavailable" | "ended"): void;
}

/** 64·T1 */
const TIMER_N = 32_000;

export class Subscription {
  readonly #agent: UserAgent;
  readonly #options: SubscriptionOptions;
  #state: SubscriptionState = { phase: "idle" };
  #sequence = newSequence();
  #dialog: EventDialog | undefined;
  #timers: Partial<Record<"notify" | "refresh" | "retry", Disposable>> = {};

  constructor(agent: UserAgent, options: SubscriptionOptions) {
    this.#agent = agent;
    this.#options = options;
  }

  start(): void {
    this.#input({ type: "start" });
  }

  /** Sends SUBSCRIBE with Expires 0; `ended` follows when the notifier has confirmed or timed out. */
  stop(): void {
    this.#input({ type: "stop" });
  }

  /** Forgets everything without a word on the wire: the connection is gone. */
  abandon(): void {
    this.#state = { phase: "ended" };
    this.#drop();
  }

  #input(input: SubscriptionInput): void {
    const { state, effects } = stepSubscription(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: SubscriptionEffect): void {
    switch (effect.type) {
      case "subscribe":
        this.#subscribe();
        break;
      case "refresh":
        this.#inDialog(this.#options.expires);
        break;
      case "unsubscribe":
        if (this.#dialog === undefined) this.#input({ type: "failed", status: 481 });
        else this.#inDialog(0);
        break;
      case "expectNotify":
        this.#arm("notify", TIMER_N, { type: "notifyOverdue" });
        break;
      case "refreshIn":
        this.#arm("refresh", seconds(effect.seconds), { type: "refreshDue" });
        break;
      case "retryIn":
        this.#arm("retry", seconds(effect.seconds), { type: "retryDue" });
        break;
      case "drop":
        this.#drop();
        break;
      case "report":
        this.#options.ended(effect.outcome);
        break;
      default:
        assertNever(effect);
    }
  }

  #arm(name: "notify" | "refresh" | "retry", delay: number, input: SubscriptionInput): void {
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

  get #key(): string {
    return `${this.#sequence.callId} ${this.#sequence.fromTag}`;
  }

  #headers(expires: number): { name: string; value: string }[] {
    return [
      { name: "event", value: this.#options.event },
      { name: "expires", value: `${expires}` },
      { name: "accept", value: this.#options.accept },
    ];
  }

  #subscribe(): void {
    this.#sequence = newSequence();
    const sequence = this.#sequence;
    const received = (incoming: IncomingRequest): void => this.#received(incoming);
    // A NOTIFY may overtake the 2xx: it makes the dialog then (RFC 6665 §4.4.1).
    this.#agent.expectedNotifies.set(this.#key, (incoming) => {
      const notify = dialogOfCalled(incoming.request, sequence.fromTag);
      this.#dialog = new EventDialog(this.#agent, { ...notify, localCSeq: sequence.cseq }, received);
      this.#agent.expectedNotifies.delete(this.#key);
      this.#received(incoming);
    });
    const { uri, expires } = this.#options;
    const headers = [{ name: "contact", value: this.#agent.contact }, ...this.#headers(expires)];
    let sent: SipRequest | undefined;
    void this.#agent
      .authenticated("SUBSCRIBE", uri, (extra) => {
        sent = this.#agent.outgoing({ method: "SUBSCRIBE", uri, to: uri, headers }, sequence, extra);
        return this.#agent.send(sent);
      })
      .then((response) => {
        if (sequence !== this.#sequence || this.#state.phase === "ended") return;
        if (response.status < 300 && this.#dialog === undefined && sent !== undefined) {
          this.#dialog = new EventDialog(this.#agent, dialogOfCaller(sent, response), received);
          this.#agent.expectedNotifies.delete(this.#key);
        }
        this.#answered(response);
      })
      .catch(() => this.#input({ type: "failed", status: 400 }));
  }

  #inDialog(expires: number): void {
    void this.#dialog?.request("SUBSCRIBE", this.#headers(expires)).then((response) => this.#answered(response));
  }

  #answered(response: SipResponse): void {
    const asked = this.#options.expires;
    if (response.status < 300) {
      const granted = Number(headerValue(response, "expires") ?? asked);
      const expires = Number.isFinite(granted) && granted >= 0 ? Math.min(granted, asked) : asked;
      this.#input({ type: "accepted", expires });
      return;
    }
    const retryAfter = Number.parseInt(headerValue(response, "retry-after") ?? "", 10);
    this.#input({ type: "failed", status: response.status, ...(Number.isFinite(retryAfter) && { retryAfter }) });
  }

  #received(incoming: IncomingRequest): void {
    const { request: source } = incoming;
    if (source.method !== "NOTIFY") {
      incoming.respond(405, { headers: [{ name: "allow", value: "NOTIFY" }] });
      return;
    }
    const event = (headerValue(source, "event") ?? "").split(";")[0]?.trim().toLowerCase();
    if (event !== this.#options.event) {
      incoming.respond(489);
      return;
    }
    void this.#take(source)
      .then((input) => {
        incoming.respond(200);
        this.#input(input);
      })
      .catch((error: unknown) => {
        const known = error instanceof InletError;
        this.#agent.options.log("info", "sip.notify.refused", { error: known ? error.code : `${error}` });
        incoming.respond(known ? 400 : 500);
      });
  }

  async #take(source: SipRequest): Promise<SubscriptionInput> {
    const value = headerValue(source, "subscription-state") ?? "";
    const [word = "", ...rest] = value.split(";");
    const parameters = parseParameters(rest.join(";"), "Subscription-State");
    const state = word.trim().toLowerCase();
    if (state === "") throw new InletError("INLET_SIP_SYNTAX", "Subscription-State missing");
    if (source.body.length > 0) await this.#options.notified(source);
    if (state === "terminated") {
      const reason = parameters.get("reason")?.toLowerCase();
      const retryAfter = Number.parseInt(parameters.get("retry-after") ?? "", 10);
      return {
        type: "terminated",
        ...(reason !== undefined && { reason }),
        ...(Number.isFinite(retryAfter) && { retryAfter }),
      };
    }
    const expires = Number.parseInt(parameters.get("expires") ?? "", 10);
    return {
      type: "notified",
      state: state === "pending" ? "pending" : "active",
      ...(Number.isFinite(expires) && expires > 0 && { expires }),
    };
  }
}
