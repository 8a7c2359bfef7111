/** An INVITE from here (RFC 3261 §13.2), as a Push Sender Agent sends it: one final response, CANCEL. */
import type { SipResponse } from "../wire/sip/index.ts";
import type { InviteSession } from "./invite-session.ts";

export type InviteResult =
  | { readonly accepted: true; readonly response: SipResponse; readonly session: InviteSession }
  | { readonly accepted: false; readonly response: SipResponse };

export class OutgoingInvite {
  /** Final response; the ACK has been sent when it resolves. */
  readonly result: Promise<InviteResult>;
  #cancel: (() => void) | undefined;
  #cancelled = false;

  /** `run` tells, for each attempt, how it is cancelled; before a provisional response that waits for one. */
  constructor(run: (cancellable: (cancel: () => void) => void) => Promise<InviteResult>) {
    this.result = run((cancel) => {
      this.#cancel = cancel;
      if (this.#cancelled) cancel();
    });
  }

  /** Sends CANCEL; `result` then resolves with 487, or with the 200 that crossed it, whose session must be ended. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#cancel?.();
  }
}
