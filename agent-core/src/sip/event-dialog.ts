/** A dialog made by SUBSCRIBE or REFER (RFC 6665 §4.4): either side sends requests in it, each answered once. */
import type { Header, SipResponse } from "../wire/sip/index.ts";
import { type Dialog, keyOf, received, refreshed, requestIn } from "./dialog.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { type Body, contents } from "./reply.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgent } from "./user-agent.ts";

export class EventDialog implements DialogUsage {
  readonly #agent: UserAgent;
  readonly #received: (incoming: IncomingRequest) => void;
  #dialog: Dialog;

  constructor(agent: UserAgent, dialog: Dialog, requestReceived: (incoming: IncomingRequest) => void) {
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

  ack(): void {
    // Nothing in this dialog is an INVITE.
  }

  /** Sends a request and resolves with its final response. */
  async request(method: string, headers: readonly Header[], body?: Body): Promise<SipResponse> {
    const contact = { name: "contact", value: this.#agent.contact };
    const response = await this.#agent.authenticated(method, this.#dialog.remoteTarget, (extra) => {
      const reply = { headers: [contact, ...headers, ...extra], ...(body !== undefined && { body }) };
      const made = requestIn(this.#dialog, method, contents(reply));
      this.#dialog = made.dialog;
      return this.#agent.send(made.request);
    });
    if (response.status < 300 && response.headers.length > 0) this.#dialog = refreshed(this.#dialog, response);
    return response;
  }

  dispose(): void {
    this.#agent.dialogs.delete(keyOf(this.#dialog));
  }
}
