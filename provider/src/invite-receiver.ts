/** An INVITE to a receiver, cancelled when it is no longer wanted (seed 001 §6.5.2.1, §6.5.2.2). */
import { type Clock, InletError, LIMITS, millis } from "@inlet/agent-core/kernel";
import { canAnswer, type InviteResult } from "@inlet/agent-core/sip";
import type { Header } from "@inlet/agent-core/wire/sip";
import type { ConnectedAgent } from "./connected-agent.ts";
import type { OfferBody } from "./offer-body.ts";
import { checkSignedIn } from "./send-result.ts";

export interface Invitation {
  /** Address of the receiver. */
  readonly to: string;
  /** Default: the agent's own. */
  readonly from?: { readonly uri: string; readonly displayName?: string };
  /** Values of Accept-Contact (RFC 3841): the services and applications it is for. */
  readonly acceptContact: readonly string[];
  readonly subject?: string;
  readonly body: OfferBody;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the final answer. Fails with INLET_AUTH_REJECTED or INLET_AUTH_UNSUPPORTED, with
 * INLET_TRANSFER_CANCELLED after `signal`, with INLET_SEND_UNANSWERED when none comes, and with the reason for which the
 * connection ended.
 */
export async function inviteReceiver(agent: ConnectedAgent, invitation: Invitation): Promise<InviteResult> {
  const { to, from, acceptContact, subject, body, clock, signal } = invitation;
  if (signal?.aborted === true) throw new InletError("INLET_TRANSFER_CANCELLED");
  agent.lost.throwIfAborted();
  const headers: Header[] = [
    ...acceptContact.map((value) => ({ name: "accept-contact", value })),
    ...(subject === undefined ? [] : [{ name: "subject", value: oneLine(subject) }]),
  ];
  const outgoing = agent.userAgent.invite({ uri: to, to, headers, body, ...(from !== undefined && { from }) });
  const gone = Promise.withResolvers<never>();
  let withdrawn: InletError | undefined;
  let timer: Disposable;
  const withdraw = (code: "INLET_TRANSFER_CANCELLED" | "INLET_SEND_UNANSWERED"): void => {
    const why = new InletError(code);
    withdrawn ??= why;
    outgoing.cancel();
    // A peer that answers neither INVITE nor CANCEL is not waited for.
    timer[Symbol.dispose]();
    timer = clock.after(millis(LIMITS.stop), () => gone.reject(why));
  };
  timer = clock.after(millis(LIMITS.sendDecision), () => withdraw("INLET_SEND_UNANSWERED"));
  const cancel = (): void => withdraw("INLET_TRANSFER_CANCELLED");
  const lose = (): void => gone.reject(agent.lost.reason);
  signal?.addEventListener("abort", cancel, { once: true });
  agent.lost.addEventListener("abort", lose, { once: true });
  try {
    const result = await Promise.race([outgoing.result, gone.promise]);
    checkSignedIn(result.response, canAnswer(result.response));
    if (withdrawn !== undefined) {
      // The answer crossed the CANCEL (RFC 3261 §9.1).
      if (result.accepted) result.session.bye();
      throw withdrawn;
    }
    return result;
  } finally {
    timer[Symbol.dispose]();
    signal?.removeEventListener("abort", cancel);
    agent.lost.removeEventListener("abort", lose);
  }
}

export const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, " ");
