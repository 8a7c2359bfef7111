/** What became of a file or message that was sent, and how a SIP answer says so. Pure. */
import { InletError, type Reason, reason } from "@inlet/agent-core/kernel";
import { isLocal } from "@inlet/agent-core/sip";
import { headerValue, headerValues, type SipResponse, unquote } from "@inlet/agent-core/wire/sip";

/**
 * `confirmed`: the receiver says it has it whole. `delivered`: taken over, as far as the next hop says. `rejected`: the
 * receiver did not want it. `failed`: anything else.
 */
export type SendOutcome = "confirmed" | "delivered" | "rejected" | "failed";

export interface FileResult {
  /** As it was given. */
  readonly file: string;
  readonly outcome: SendOutcome;
  readonly reason?: Reason;
}

/** Answers by which a receiver says no to this offer, whoever asks and whenever (RFC 3261 §21). */
const REJECTIONS = new Set([406, 413, 415, 488]);
/** The receiver is not there or busy. */
const UNAVAILABLE = new Set([404, 408, 410, 480, 486, 487, 503, 504]);
const MOVED = new Set([300, 301, 302]);
const TEXT = 200;

/** What an answer from 300 up means for what was offered. */
export function refusal(response: SipResponse): { readonly outcome: "rejected" | "failed"; readonly reason: Reason } {
  const { status } = response;
  if (isLocal(response)) return { outcome: "failed", reason: reason("INLET_SIP_TIMEOUT", `${status}`) };
  const words = answerWords(response);
  if (status >= 600 || REJECTIONS.has(status))
    return { outcome: "rejected", reason: reason("INLET_SEND_REJECTED", words) };
  if (MOVED.has(status)) return { outcome: "failed", reason: reason("INLET_SEND_MOVED", words) };
  const code = UNAVAILABLE.has(status) ? "INLET_SEND_UNAVAILABLE" : "INLET_SEND_FAILED";
  return { outcome: "failed", reason: reason(code, words) };
}

/** Throws for answers that concern the sender, not what is sent: it could not sign in. */
export function checkSignedIn(response: SipResponse, canSignIn: boolean): void {
  if (response.status !== 401 && response.status !== 407) return;
  const code = canSignIn ? "INLET_AUTH_REJECTED" : "INLET_AUTH_UNSUPPORTED";
  throw new InletError(code, answerWords(response));
}

/** Status, reason phrase, the texts of Warning (RFC 3261 §20.43), where else (§8.1.3.4) and when again (§20.33). */
export function answerWords(response: SipResponse): string {
  const warnings = headerValues(response, "warning").flatMap((value) => {
    const text = /^\d{3} \S+ (".*")$/.exec(value.trim())?.[1];
    return text === undefined ? [] : [unquote(text)];
  });
  const elsewhere = response.status < 400 ? headerValues(response, "contact") : [];
  const seconds = /^\d{1,9}(?!\d)/.exec(headerValue(response, "retry-after") ?? "")?.[0];
  const later = seconds === undefined ? [] : [`again in ${seconds} s`];
  const said = [`${response.status} ${response.reasonPhrase}`.trim(), ...warnings, ...elsewhere, ...later];
  return said.join("; ").slice(0, TEXT);
}
