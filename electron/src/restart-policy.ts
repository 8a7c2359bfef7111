/** When the agent's process has died unasked: again, but not for ever. Pure. */
const WITHIN_MS = 60_000;
const TIMES = 3;

/** `deaths` are the times of the earlier ones, in milliseconds; the result is the list to keep, or "giveUp". */
export function afterDeath(deaths: readonly number[], now: number): readonly number[] | "giveUp" {
  const recent = deaths.filter((time) => now - time < WITHIN_MS);
  return recent.length >= TIMES ? "giveUp" : [...recent, now];
}
