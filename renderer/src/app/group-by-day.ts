/** A list of things with times, cut into rows: a heading for each local day, then its things. */
import { dayKey } from "../words/format-time.ts";

export type DayRow<T> =
  | { readonly kind: "day"; readonly key: string; readonly iso: string }
  | { readonly kind: "entry"; readonly key: string; readonly entry: T; readonly position: number };

/** `entries` are in order already; `timeOf` gives ISO 8601. */
export function groupByDay<T extends { readonly id: string }>(
  entries: readonly T[],
  timeOf: (entry: T) => string,
): readonly DayRow<T>[] {
  const rows: DayRow<T>[] = [];
  let day = "";
  for (const [position, entry] of entries.entries()) {
    const iso = timeOf(entry);
    const its = dayKey(new Date(iso));
    // The position makes the key unique even where the order is not by day.
    if (its !== day) rows.push({ kind: "day", key: `day ${its} ${position}`, iso });
    day = its;
    rows.push({ kind: "entry", key: entry.id, entry, position });
  }
  return rows;
}
