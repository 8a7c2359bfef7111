/** Times as people read them: relative under a day, absolute after it. Locale and clock are handed in. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The local calendar day of an instant, as a key that sorts. */
export function dayKey(instant: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

/** Whole calendar days from `instant` to `now`; 0 is today, 1 yesterday. */
export function daysAgo(instant: Date, now: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(instant)) / DAY);
}

/** The largest unit that fits, for `Intl.RelativeTimeFormat`; `undefined` under a minute. */
export function relativeParts(
  elapsed: number,
): { readonly value: number; readonly unit: "minute" | "hour" } | undefined {
  if (elapsed < MINUTE) return undefined;
  if (elapsed < HOUR) return { value: -Math.floor(elapsed / MINUTE), unit: "minute" };
  return { value: -Math.floor(elapsed / HOUR), unit: "hour" };
}

/** A remaining time in at most two units, rounded so that it does not flicker. */
export function durationParts(
  milliseconds: number,
): readonly { readonly value: number; readonly unit: "second" | "minute" | "hour" | "day" }[] {
  const ms = Math.max(0, milliseconds);
  if (ms < MINUTE) return [{ value: Math.ceil(ms / SECOND), unit: "second" }];
  if (ms < 10 * MINUTE) {
    const minutes = Math.floor(ms / MINUTE);
    const seconds = Math.floor((ms % MINUTE) / SECOND);
    return seconds === 0
      ? [{ value: minutes, unit: "minute" }]
      : [
          { value: minutes, unit: "minute" },
          { value: seconds, unit: "second" },
        ];
  }
  if (ms < HOUR) return [{ value: Math.round(ms / MINUTE), unit: "minute" }];
  if (ms < DAY) {
    const hours = Math.floor(ms / HOUR);
    const minutes = Math.round((ms % HOUR) / MINUTE);
    return minutes === 0 || minutes === 60
      ? [{ value: minutes === 60 ? hours + 1 : hours, unit: "hour" }]
      : [
          { value: hours, unit: "hour" },
          { value: minutes, unit: "minute" },
        ];
  }
  return [{ value: Math.round(ms / DAY), unit: "day" }];
}
