/** The answer to an offer that cannot be taken: its status, and in Warning why (RFC 3261 §20.43, §21.4.13, §21.4.26). */
import { ERRORS, type ErrorCode, hostPort, type InletError, type Reason } from "../kernel/index.ts";
import { ACCEPT_OFFERS, type Reply } from "../sip/index.ts";
import type { Header } from "../wire/sip/index.ts";

export function refuseOffer(error: InletError, host: string): { readonly status: number } & Reply {
  const status = ERRORS[error.code].sip ?? 480;
  return { status, headers: [...refusalHeaders(error, host), ...(status === 415 ? [ACCEPT_OFFERS] : [])] };
}

/** Seconds after which the same can be taken, where that passes by itself (RFC 3261 §20.33). */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  INLET_TOO_MANY_OFFERS: 60,
  INLET_TOO_MANY_PUSHES: 60,
  INLET_STOPPING: 60,
  INLET_FOLDER_GONE: 600,
  INLET_FOLDER_TAKEN: 600,
  INLET_FOLDER_READ_ONLY: 600,
  INLET_DISK_FULL: 3600,
  INLET_DISK_FAILED: 3600,
};

export function refusalHeaders(why: Pick<Reason, "code">, host: string): readonly Header[] {
  const seconds = RETRY_AFTER[why.code];
  return [warningOf(why, host), ...(seconds === undefined ? [] : [{ name: "retry-after", value: `${seconds}` }])];
}

/** 304: no such media here; 305: no such format of it; 399: whatever else, for a person to read. */
const WARNINGS: Partial<Record<ErrorCode, number>> = {
  INLET_SDP_NO_ACCEPTABLE_MEDIA: 304,
  INLET_SDP_TYPES_UNSUPPORTED: 305,
};

const warningOf = ({ code }: Pick<Reason, "code">, host: string): Header => ({
  name: "warning",
  value: `${WARNINGS[code] ?? 399} ${hostPort(host, 0)} "${code}"`,
});
