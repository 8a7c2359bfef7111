/**
 * Runs a subscription to any event package (RFC 6665 §4.1): SUBSCRIBE, NOTIFYs, refresh, retry, unsubscribe, fetch. The
 * decisions are `subscription-machine.ts`'s. A NOTIFY is answered 200 only after `notified` has settled, so that nothing
 * acknowledged is lost; NOTIFYs are taken one after the other. Refused: another event (489), another id (481), a
 * Subscription-State that is missing or malformed (400), a body nobody asked for (415), one out of order (500).
 */
import { assertNever, type Clock, InletError, millis, seconds } from "../kernel/index.ts";
import {
  type EventName,
  formatEvent,
  fromOf,
  type Header,
  headerValue,
  parseSeconds,
  type SipRequest,
  type SipResponse,
  type SubscriptionStatus,
} from "../wire/sip/index.ts";
import { type Dialog, dialogOfCalled, dialogOfCaller, tagOf } from "./dialog.ts";
import { EventDialog } from "./event-dialog.ts";
import { failedBy } from "./failure.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { checkBody, checkNotify, notTaken } from "./notify.ts";
import { newSequence } from "./outgoing-request.ts";
import type { Body } from "./reply.ts";
import {
  type SubscriptionEffect,
  type SubscriptionEnd,
  type SubscriptionInput,
  type SubscriptionState,
  stepSubscription,
} from "./subscription-machine.ts";
import { PATIENCE } from "./transaction/index.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export interface SubscriptionOptions {
  readonly uri: string;
  /** Event package. */
  readonly event: string;
  /** Tells two subscriptions to one package and resource apart. */
  readonly id?: string;
  /** Media types of the package, separated by commas. */
  readonly accept: string;
  /** Seconds to ask for. */
  readonly expires: number;
  /** Further headers of each SUBSCRIBE. */
  readonly headers?: readonly Header[];
  /** Of each SUBSCRIBE: a filter, a list. */
  readonly body?: Body;
  readonly clock: Clock;
  /** A NOTIFY with a body. May fail with an InletError: the NOTIFY is then answered with its status. */
  notified(request: SipRequest): Promise<void> | void;
  /** The notifier says how the subscription stands: `pending` waits for somebody's consent. */
  stands?(state: "active" | "pending"): void;
  /** `unavailable`: the notifier does not serve it to us; `ended`: by our own wish, or a fetch has its answer. */
  ended(outcome: "unavailable" | "ended", why: SubscriptionEnd): void;
}

type TimerName = "notify" | "refresh" | "expiry" | "retry";

export class Subscription {
  readonly #agent: UserAgentCore;
  readonly #options: SubscriptionOptions;
  #state: SubscriptionState = { phase: "idle" };
  #sequence = newSequence();
  #dialog: EventDialog | undefined;
  /** From the 2xx, until the first NOTIFY shows which fork it is that notifies. */
  #answer: Dialog | undefined;
  #timers: Partial<Record<TimerName, Disposable>> = {};
  #taking: Promise<unknown> = Promise.resolve();
  /** Seconds asked for now. */
  #asked: number;

  constructor(agent: UserAgentCore, options: SubscriptionOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#asked = options.expires;
  }

  start(): void {
    this.#input({ type: "start" });
  }

  /** Instead of `start`: asks for the state once (Expires 0). `ended` follows the answer. */
  fetch(): void {
    this.#input({ type: "fetch" });
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
        this.#subscribe(this.#asked);
        break;
      case "fetch":
        this.#subscribe(0);
        break;
      case "refresh":
        this.#inDialog(this.#asked);
        break;
      case "unsubscribe":
        // Without a dialog there is nobody to tell: a NOTIFY that still comes is answered 481, which ends it there.
        if (this.#dialog === undefined) this.#input({ type: "failed", status: 481 });
        else this.#inDialog(0);
        break;
      case "ask":
        this.#asked = effect.seconds;
        break;
      case "expectNotify":
        this.#arm("notify", PATIENCE, { type: "notifyOverdue" });
        break;
      case "notifyCame":
        this.#timers.notify?.[Symbol.dispose]();
        break;
      case "refreshIn":
        this.#arm("refresh", seconds(effect.seconds), { type: "refreshDue" });
        break;
      case "expireIn":
        this.#arm("expiry", seconds(effect.seconds), { type: "expired" });
        break;
      case "retryIn":
        this.#arm("retry", seconds(effect.seconds), { type: "retryDue" });
        break;
      case "drop":
        this.#drop();
        break;
      case "report":
        this.#options.ended(effect.outcome, effect.why);
        break;
      default:
        assertNever(effect);
    }
  }

  #arm(name: TimerName, delay: number, input: SubscriptionInput): void {
    this.#timers[name]?.[Symbol.dispose]();
    this.#timers[name] = this.#options.clock.after(millis(delay), () => this.#input(input));
  }

  #drop(): void {
    for (const timer of Object.values(this.#timers)) timer[Symbol.dispose]();
    this.#timers = {};
    this.#agent.expectedNotifies.delete(this.#key);
    this.#dialog?.dispose();
    this.#dialog = undefined;
    this.#answer = undefined;
  }

  get #key(): string {
    return `${this.#sequence.callId} ${this.#sequence.fromTag}`;
  }

  get #event(): EventName {
    const { event, id } = this.#options;
    return { package: event, ...(id !== undefined && { id }) };
  }

  #headers(expires: number): Header[] {
    const { accept, headers = [] } = this.#options;
    return [
      { name: "event", value: formatEvent(this.#event) },
      { name: "expires", value: `${expires}` },
      { name: "accept", value: accept },
      ...headers,
    ];
  }

  #subscribe(expires: number): void {
    this.#agent.expectedNotifies.delete(this.#key);
    this.#sequence = newSequence();
    const sequence = this.#sequence;
    this.#agent.expectedNotifies.set(this.#key, (incoming) => this.#established(incoming));
    const { uri, body } = this.#options;
    const headers = [{ name: "contact", value: this.#agent.contact }, ...this.#headers(expires)];
    const request = { method: "SUBSCRIBE", uri, to: uri, headers, ...(body !== undefined && { body }) };
    let sent: SipRequest | undefined;
    void this.#agent
      .authenticated(() => {
        sent = this.#agent.outgoing(request, sequence);
        return this.#agent.send(sent);
      })
      .then((response) => {
        // A later attempt, or the end, has made this answer old.
        if (!this.#agent.expectedNotifies.has(this.#key) && this.#dialog === undefined) return;
        if (sequence !== this.#sequence) return;
        if (response.status < 300 && sent !== undefined) this.#accepted(sent, response);
        this.#answered(response, expires);
      });
  }

  /** The 2xx names one fork, and may be overtaken by the NOTIFY of that one or of another. */
  #accepted(sent: SipRequest, response: SipResponse): void {
    try {
      const dialog = dialogOfCaller(sent, response);
      if (this.#dialog === undefined) {
        this.#answer = dialog;
        this.#dialog = new EventDialog(this.#agent, dialog, (incoming) => this.#established(incoming));
      } else if (this.#dialog.remoteTag === dialog.remoteTag) this.#dialog.learnRoutes(dialog.routeSet);
    } catch (error) {
      // Without Contact: the NOTIFY brings one (RFC 6665 §4.4.1).
      if (!(error instanceof InletError)) throw error;
    }
  }

  /**
   * The first NOTIFY makes the dialog (RFC 6665 §4.4.1); every other fork's is answered 481 from then on. One that is
   * refused makes none.
   */
  #established(incoming: IncomingRequest): void {
    const { request } = incoming;
    const status = this.#checked(incoming);
    if (status === undefined) return;
    const tag = tagOf(fromOf(request));
    const same = this.#answer?.remoteTag === tag ? this.#answer : undefined;
    const notify = dialogOfCalled(request, this.#sequence.fromTag);
    this.#dialog?.dispose();
    this.#answer = undefined;
    const { routeSet } = same !== undefined && notify.routeSet.length === 0 ? same : notify;
    this.#dialog = new EventDialog(this.#agent, { ...notify, routeSet, localCSeq: this.#sequence.cseq }, (later) =>
      this.#received(later),
    );
    this.#agent.expectedNotifies.delete(this.#key);
    this.#take(incoming, status);
  }

  #inDialog(expires: number): void {
    const dialog = this.#dialog;
    const { body } = this.#options;
    void dialog?.request("SUBSCRIBE", this.#headers(expires), body).then((response) => {
      if (dialog === this.#dialog) this.#answered(response, expires);
    });
  }

  #answered(response: SipResponse, asked: number): void {
    if (response.status < 300) {
      if (asked === 0) return;
      const granted = parseSeconds(headerValue(response, "expires") ?? "") ?? asked;
      this.#input({ type: "accepted", expires: Math.min(granted, asked) });
      return;
    }
    this.#input(failedBy(response, asked));
  }

  #received(incoming: IncomingRequest): void {
    const status = this.#checked(incoming);
    if (status !== undefined) this.#take(incoming, status);
  }

  /** What the NOTIFY says of the subscription; undefined when it was refused. */
  #checked(incoming: IncomingRequest): SubscriptionStatus | undefined {
    const checked = checkNotify(incoming.request, this.#event);
    if (checked.refused === undefined) return checked.status;
    incoming.respond(checked.refused.status, checked.refused);
    return undefined;
  }

  #take(incoming: IncomingRequest, status: SubscriptionStatus): void {
    const dialog = this.#dialog;
    this.#taking = this.#taking.then(async () => {
      const taken = await this.#answerNotify(incoming);
      // The notifier has forgotten a subscription that it ended, whatever became of the last body.
      if (dialog !== this.#dialog || (!taken && status.state !== "terminated")) return;
      const input = inputOf(status, this.#asked);
      if (input.type === "notified") this.#options.stands?.(input.state);
      this.#input(input);
    });
  }

  async #answerNotify(incoming: IncomingRequest): Promise<boolean> {
    const { accept, notified } = this.#options;
    try {
      checkBody(incoming.request, accept);
      if (incoming.request.body.length > 0) await notified.call(this.#options, incoming.request);
      incoming.respond(200);
      return true;
    } catch (error) {
      const known = error instanceof InletError;
      this.#agent.log(known ? "info" : "error", "sip.notify.refused", {
        error: known ? error.code : `${(error as Error).stack}`,
      });
      const refusal = notTaken(error, accept);
      incoming.respond(refusal.status, refusal);
      return false;
    }
  }
}

function inputOf(status: SubscriptionStatus, asked: number): SubscriptionInput {
  const { state, reason, expires, retryAfter } = status;
  if (state === "terminated") {
    return {
      type: "terminated",
      ...(reason !== undefined && { reason }),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }
  return {
    type: "notified",
    state: state === "pending" ? "pending" : "active",
    ...(expires !== undefined && { expires: Math.min(expires, asked) }),
  };
}
