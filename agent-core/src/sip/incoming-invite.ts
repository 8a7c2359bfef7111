/** An INVITE that waits for a decision (RFC 3261 §13.3): ring, accept, reject; CANCEL ends it from the other side. */
import { InviteUserAgentServer, type UserAgentCore } from "sip.js/lib/core/index.js";
import type { SipRequest } from "../wire/sip/index.ts";
import type { CoreRequest } from "./core.ts";
import { responseOptions } from "./incoming-request.ts";
import { InviteSession, type InviteSessionHandlers } from "./invite-session.ts";
import type { Body, Reply } from "./reply.ts";

export class IncomingInvite {
  readonly request: SipRequest;
  /** Called once when the caller cancels before the final answer; the INVITE is then answered 487. */
  cancelled: (() => void) | undefined;
  readonly #server: InviteUserAgentServer;
  readonly #core: UserAgentCore;
  #answered = false;

  constructor(core: UserAgentCore, message: CoreRequest) {
    this.request = message.source;
    this.#core = core;
    this.#server = new InviteUserAgentServer(core, message, { onCancel: () => this.#onCancel() });
  }

  /** True after a final answer from either side. */
  get answered(): boolean {
    return this.#answered;
  }

  /** 180. */
  ring(): void {
    if (!this.#answered) this.#server.progress({ statusCode: 180 });
  }

  /** 200 with `body`. Must not be called once `answered`. */
  accept(body: Body, reply: Reply, handlers: InviteSessionHandlers): InviteSession {
    this.#answered = true;
    const { session } = this.#server.accept(responseOptions(200, { ...reply, body }));
    return new InviteSession(session, () => this.#core.configuration.contact.toString(), false, handlers);
  }

  /** A final answer from 300 up; ignored once `answered`. */
  reject(status: number, reply: Reply = {}): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#server.reject(responseOptions(status, reply));
  }

  #onCancel(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#server.reject({ statusCode: 487 });
    this.cancelled?.();
  }
}
