/** The answer to an offer that cannot be taken: its status, and in Warning why (RFC 3261 §20.43, §21.4.13, §21.4.26). */
import { ERRORS, type InletError, type Reason } from "../kernel/index.ts";
import { ACCEPT_OFFERS, type Reply } from "../sip/index.ts";
import type { Header } from "../wire/sip/index.ts";

export function refuseOffer(error: InletError, host: string): { readonly status: number } & Reply {
  const status = ERRORS[error.code].sip ?? 480;
  return { status, headers: [warningOf(error, host), ...(status === 415 ? [ACCEPT_OFFERS] : [])] };
}

/** 304: no such media here; 399: whatever else, for a person to read. */
export const warningOf = ({ code }: Pick<Reason, "code">, host: string): Header => ({
  name: "warning",
  value: `${code === "INLET_SDP_NO_ACCEPTABLE_MEDIA" ? 304 : 399} ${host} "${code}"`,
});
