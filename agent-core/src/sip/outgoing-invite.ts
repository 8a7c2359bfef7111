/** An INVITE from here (RFC 3261 §13.2), as a Push Sender Agent sends it: progress, one final response, CANCEL. */
import type { OutgoingInviteRequest } from "sip.js/lib/core/index.js";
import type { SipResponse } from "../wire/sip/index.ts";
import type { InviteSession } from "./invite-session.ts";

export type InviteResult =
  | { readonly accepted: true; readonly response: SipResponse; readonly session: InviteSession }
  | { readonly accepted: false; readonly response: SipResponse };

export class OutgoingInvite {
  /** Final response; the ACK has been sent when it resolves. */
  readonly result: Promise<InviteResult>;
  #current: OutgoingInviteRequest | undefined;
  #cancelled = false;

  constructor(run: (track: (request: OutgoingInviteRequest) => void) => Promise<InviteResult>) {
    this.result = run((request) => {
      this.#current = request;
      if (this.#cancelled) request.cancel();
    });
  }

  /** Sends CANCEL; `result` then resolves with 487, or with the 200 that crossed it, whose session must be ended. */
  cancel(): void {
    this.#cancelled = true;
    this.#current?.cancel();
  }
}
