/**
 * A subscription from the notifier's side (RFC 6665 §4.2): takes SUBSCRIBEs of one dialog, sends NOTIFYs in it one
 * after the other. Policy (who may, what is sent) is the caller's.
 */
import { type Clock, seconds } from "../kernel/index.ts";
import { formatEvent, type Header, headerValue, headerValues, type SipResponse } from "../wire/sip/index.ts";
import { dialogOfCalled } from "./dialog.ts";
import { EventDialog } from "./event-dialog.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { InviteSession } from "./invite-session.ts";
import type { Body } from "./reply.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** Where NOTIFYs go out. */
interface NotifierDialog {
  request(method: string, headers: readonly Header[], body?: Body): Promise<SipResponse>;
  dispose(): void;
}

export interface NotifierOptions {
  readonly event: string;
  readonly id?: string;
  /** A session that the subscription shares its dialog with (a REFER in it); default: a dialog of its own. */
  readonly within?: InviteSession;
  /** Longest subscription granted, in seconds. */
  readonly maxExpires: number;
  readonly clock: Clock;
  /** The state to send: at the start, after each refresh. */
  current(): Body;
  /** The subscriber left, let it expire, or cannot be reached. */
  ended(): void;
}

export class Notifier {
  readonly #agent: UserAgentCore;
  readonly #options: NotifierOptions;
  readonly #dialog: NotifierDialog;
  #expiry: Disposable | undefined;
  #expires = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #over = false;

  /** `subscribe` was found acceptable; it is answered here. */
  constructor(agent: UserAgentCore, subscribe: IncomingRequest, options: NotifierOptions) {
    this.#agent = agent;
    this.#options = options;
    const { within } = options;
    this.#dialog =
      within === undefined
        ? this.#open(subscribe)
        : { request: (...what) => within.request(...what), dispose: () => undefined };
    this.#answer(subscribe);
  }

  #open(subscribe: IncomingRequest): EventDialog {
    const dialog = dialogOfCalled(subscribe.request, subscribe.localTag);
    return new EventDialog(this.#agent, dialog, (incoming) => {
      if (incoming.request.method === "SUBSCRIBE") this.#answer(incoming);
      else incoming.respond(405, { headers: [{ name: "allow", value: "SUBSCRIBE" }] });
    });
  }

  /** Sends the present state, after what is already on its way. */
  notify(): void {
    const body = this.#options.current();
    this.#send(`active;expires=${this.#expires}`, body);
  }

  /** Ends it from this side. */
  terminate(reason: string): void {
    this.#send(`terminated;reason=${reason}`, this.#options.current());
    this.#end();
  }

  #answer(subscribe: IncomingRequest): void {
    const asked = Number.parseInt(headerValue(subscribe.request, "expires") ?? `${this.#options.maxExpires}`, 10);
    const expires = Number.isFinite(asked)
      ? Math.min(Math.max(asked, 0), this.#options.maxExpires)
      : this.#options.maxExpires;
    this.#expires = expires;
    const routes = headerValues(subscribe.request, "record-route").map((value) => ({ name: "record-route", value }));
    subscribe.respond(200, {
      headers: [...routes, { name: "expires", value: `${expires}` }, { name: "contact", value: this.#agent.contact }],
    });
    this.#expiry?.[Symbol.dispose]();
    if (expires === 0) {
      this.terminate("timeout");
      return;
    }
    this.#expiry = this.#options.clock.after(seconds(expires), () => this.terminate("timeout"));
    this.notify();
  }

  #send(state: string, body: Body): void {
    if (this.#over) return;
    const { event, id } = this.#options;
    const headers = [
      { name: "event", value: formatEvent({ package: event, ...(id !== undefined && { id }) }) },
      { name: "subscription-state", value: state },
    ];
    const sent = async (): Promise<void> => {
      const response = await this.#dialog.request("NOTIFY", headers, body);
      if (response.status === 481 || response.status === 408 || response.status === 503) this.#end();
      if (state.startsWith("terminated")) this.#dialog.dispose();
    };
    // A NOTIFY that cannot be sent ends the subscription, not the process.
    this.#queue = this.#queue.then(sent).catch(() => this.#end());
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#expiry?.[Symbol.dispose]();
    this.#options.ended();
  }
}
