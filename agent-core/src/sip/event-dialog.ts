/** A dialog made by SUBSCRIBE or REFER (RFC 6665 §4.4): either side sends requests in it, each answered once. */
import { readable } from "../kernel/index.ts";
import type { Header, SipResponse } from "../wire/sip/index.ts";
import { type Dialog, keyOf, received, refreshed, requestIn } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { type Body, contents } from "./reply.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgentCore } from "./user-agent-core.ts";

export class EventDialog implements DialogUsage {
  readonly #agent: UserAgentCore;
  readonly #received: (incoming: IncomingRequest) => void;
  #dialog: Dialog;

  constructor(agent: UserAgentCore, dialog: Dialog, requestReceived: (incoming: IncomingRequest) => void) {
    this.#agent = agent;
    this.#dialog = dialog;
    this.#received = requestReceived;
    agent.dialogs.set(keyOf(dialog), this);
  }

  receive(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    const dialog = received(this.#dialog, transaction.request);
    if (dialog === undefined) {
      incoming.respond(500);
      return;
    }
    this.#dialog = dialog;
    this.#received(incoming);
  }

  get remoteTag(): string {
    return this.#dialog.remoteTag;
  }

  /** What the 2xx recorded, where the NOTIFY that made the dialog came first and by another way. */
  learnRoutes(routeSet: readonly string[]): void {
    if (this.#dialog.routeSet.length === 0) this.#dialog = { ...this.#dialog, routeSet };
  }

  ack(): void {
    // Nothing in this dialog is an INVITE.
  }

  /** Sends a request and resolves with its final response. */
  async request(method: string, headers: readonly Header[], body?: Body): Promise<SipResponse> {
    const contact = { name: "contact", value: this.#agent.contact };
    const response = await this.#agent.authenticated(() => {
      const reply = { headers: [contact, ...headers], ...(body !== undefined && { body }) };
      const made = requestIn(this.#dialog, method, contents(reply));
      this.#dialog = made.dialog;
      return this.#agent.send(made.request);
    });
    if (response.status < 300 && response.headers.length > 0) this.#refresh(response);
    return response;
  }

  /** A Contact that cannot be read moves nothing. */
  #refresh(response: SipResponse): void {
    this.#dialog = readable(() => refreshed(this.#dialog, response)) ?? this.#dialog;
  }

  dispose(): void {
    this.#agent.dialogs.delete(keyOf(this.#dialog));
  }
}
