/**
 * An INVITE from here (RFC 3261 §13.2), as a Push Sender Agent sends it: one final response, CANCEL. Challenges are
 * answered; a 422 is met with the interval it asks for, at most twice (RFC 4028 §7.3); a 2xx is acknowledged at once, and
 * again each time it comes. Where several accept, the first one has it, and the others hear BYE (§13.2.2.4).
 */
import { cseqOf, type SipRequest, type SipResponse, toOf } from "../wire/sip/index.ts";
import { SUPPORTED } from "./capabilities.ts";
import { tagOf } from "./dialog.ts";
import { EarlyDialogs } from "./early-dialogs.ts";
import { InviteSession } from "./invite-session.ts";
import type { RequestOptions, Sequence } from "./outgoing-request.ts";
import { isLocal } from "./response.ts";
import { type Agreement, intervalAskedBy, SESSION_INTERVAL, timerHeaders } from "./session-timer.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export type InviteResult =
  | { readonly accepted: true; readonly response: SipResponse; readonly session: InviteSession }
  | { readonly accepted: false; readonly response: SipResponse };

const TRIES_AGAIN = 2;

export class OutgoingInvite {
  /** Final response; the ACK has been sent when it resolves. */
  readonly result: Promise<InviteResult>;
  readonly #agent: UserAgentCore;
  readonly #options: Omit<RequestOptions, "method">;
  readonly #sequence: Sequence;
  #cancel: (() => void) | undefined;
  #cancelled = false;

  constructor(agent: UserAgentCore, options: Omit<RequestOptions, "method">, sequence: Sequence) {
    this.#agent = agent;
    this.#options = options;
    this.#sequence = sequence;
    this.result = this.#run();
  }

  /** Sends CANCEL; `result` then resolves with 487, or with the 200 that crossed it, whose session must be ended. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#cancel?.();
  }

  async #run(): Promise<InviteResult> {
    let asked: Agreement = { interval: SESSION_INTERVAL, refresher: "us" };
    let minimum: number | undefined;
    for (let tries = 0; ; tries++) {
      const result = await this.#try(asked, minimum);
      if (result.accepted || result.response.status !== 422 || tries === TRIES_AGAIN) return result;
      minimum = intervalAskedBy(result.response);
      asked = { ...asked, interval: Math.max(asked.interval, minimum) };
    }
  }

  async #try(asked: Agreement, minimum: number | undefined): Promise<InviteResult> {
    const agent = this.#agent;
    const { headers = [], body } = this.#options;
    const own = [{ name: "contact", value: agent.contact }, agent.allow, SUPPORTED, ...timerHeaders(asked, minimum)];
    const options = { ...this.#options, method: "INVITE", headers: [...own, ...headers] };
    const early = new EarlyDialogs(agent);
    /** By To tag. */
    const sessions = new Map<string, InviteSession>();
    let invite: SipRequest | undefined;
    const sent = (): SipRequest => {
      if (invite === undefined) throw new Error("no INVITE");
      return invite;
    };
    const response = await agent.inviteIn(
      () => {
        invite = agent.outgoing(options, this.#sequence);
        return invite;
      },
      (accepted) => {
        const tag = tagOf(toOf(accepted));
        let session = sessions.get(tag);
        if (session === undefined) {
          session = InviteSession.answered(agent, early.confirmed(sent(), accepted), accepted, body);
          sessions.set(tag, session);
          const late = session;
          // After its ACK.
          if (sessions.size > 1) queueMicrotask(() => late.bye());
        }
        return session.ackRequest(cseqOf(sent()).number);
      },
      {
        cancellable: (cancel) => {
          this.#cancel = cancel;
          if (this.#cancelled) cancel();
        },
        provisional: (provisional) => early.provisional(sent(), provisional),
      },
    );
    early.end();
    const [session] = sessions.values();
    // The 2xx was of somebody who gave a wrong proof: acknowledged, and ended.
    if (isLocal(response)) session?.bye();
    return session === undefined || isLocal(response)
      ? { accepted: false, response }
      : { accepted: true, response: early.completed(response), session };
  }
}
