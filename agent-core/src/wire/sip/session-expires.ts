/** Session-Expires and Min-SE (RFC 4028 §4, §5): seconds, and who refreshes. Refuses what is no number of seconds. */
import { parseParameters } from "./parameters.ts";
import { syntax } from "./scan.ts";

export interface SessionExpires {
  /** Seconds. */
  readonly interval: number;
  /** The caller or the called one of the very request that this stands in. */
  readonly refresher?: "uac" | "uas";
}

export function parseSessionExpires(value: string): SessionExpires {
  const [digits = "", ...rest] = value.split(";");
  if (!/^\d{1,10}$/.test(digits.trim())) throw syntax("Session-Expires");
  const refresher = parseParameters(rest.join(";"), "Session-Expires").get("refresher")?.toLowerCase();
  return {
    interval: Number(digits.trim()),
    ...((refresher === "uac" || refresher === "uas") && { refresher }),
  };
}

export const formatSessionExpires = ({ interval, refresher }: SessionExpires): string =>
  refresher === undefined ? `${interval}` : `${interval};refresher=${refresher}`;

/** Seconds of Min-SE; 90 where it is absent (§5). */
export function parseMinSe(value: string | undefined): number {
  if (value === undefined) return MIN_SE;
  const digits = value.split(";")[0]?.trim() ?? "";
  if (!/^\d{1,10}$/.test(digits)) throw syntax("Min-SE");
  return Math.max(MIN_SE, Number(digits));
}

/** The absolute minimum of §4. */
export const MIN_SE = 90;
