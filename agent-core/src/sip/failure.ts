/** What the refusal of a SUBSCRIBE or PUBLISH asks for (RFC 6665 §4.1.2, RFC 3903 §4.1): to wait, or to ask for longer. Pure. */
import { headerValue, parseRetryAfter, parseSeconds, type SipResponse } from "../wire/sip/index.ts";

export interface Failed {
  readonly type: "failed";
  readonly status: number;
  /** Seconds. */
  readonly retryAfter?: number;
  /** Seconds, more than were asked for. */
  readonly minExpires?: number;
}

export function failedBy(response: SipResponse, asked: number): Failed {
  const retryAfter = parseRetryAfter(headerValue(response, "retry-after") ?? "");
  const minExpires = parseSeconds(headerValue(response, "min-expires") ?? "");
  return {
    type: "failed",
    status: response.status,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(minExpires !== undefined && minExpires > asked && { minExpires }),
  };
}
