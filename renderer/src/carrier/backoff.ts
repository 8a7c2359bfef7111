/** How long to wait before the next attempt: doubling from a quarter of a second to five, and never in step. */
const FIRST_MS = 250;
const LONGEST_MS = 5_000;

/** Milliseconds before attempt number `attempt` (from 1). `random` is in [0, 1). */
export function backoff(attempt: number, random: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(whole * (0.75 + random / 4));
}
