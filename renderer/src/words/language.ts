/** One language: its words, and how it writes numbers, sizes and times. Made once per locale. */
import { de } from "./de.ts";
import { en } from "./en.ts";
import { fill } from "./fill.ts";
import { scaleSize } from "./format-size.ts";
import { DAY, dayKey, daysAgo, durationParts, relativeParts } from "./format-time.ts";
import type { Plural, Words } from "./words.ts";

export interface Language {
  readonly locale: string;
  readonly direction: "ltr" | "rtl";
  readonly w: Words;
  /** The right form for `n`, with `{n}` and other places filled. */
  count(plural: Plural, n: number, values?: Readonly<Record<string, string>>): string;
  number(n: number): string;
  percent(fraction: number): string;
  list(parts: readonly string[]): string;
  size(octets: number): string;
  /** `2 min 5 s` */
  duration(milliseconds: number): string;
  /** Under a day `5 min ago`, then the time of day: rows stand under their day. */
  rowTime(iso: string, now: number): string;
  /** Under a day `5 min ago`, then date and time. */
  when(iso: string, now: number): string;
  /** Date and time in full. */
  absolute(iso: string): string;
  /** Time of day with milliseconds. */
  instant(iso: string): string;
  /** `Today`, `Yesterday`, or the date. */
  day(iso: string, now: number): string;
}

export type LanguageCode = "en" | "de";
const TABLES: Readonly<Record<LanguageCode, Words>> = { en, de };
const PRECISE = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hour12: false,
} as const;
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** The language that stands first among those a person prefers and that there is a table for. */
export function chooseLanguage(preferred: readonly string[]): LanguageCode {
  for (const tag of preferred) {
    const code = tag.toLowerCase().split("-")[0] ?? "";
    if (code === "en" || code === "de") return code;
  }
  return "en";
}

/** `locale` says how numbers and dates are written; `words` default to its language's. */
export function makeLanguage(locale: string, words: Words = TABLES[chooseLanguage([locale])]): Language {
  const plurals = new Intl.PluralRules(locale);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const relatives = new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "always" });
  const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const precise = new Intl.DateTimeFormat(locale, PRECISE);
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "medium" });
  const short = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const thisYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const otherYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const lists = new Intl.ListFormat(locale, { type: "conjunction" });
  const units = new Map(
    (["second", "minute", "hour", "day"] as const).map((unit) => [
      unit,
      new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: unit === "day" ? "long" : "short" }),
    ]),
  );

  const count: Language["count"] = (plural, n, values = {}) =>
    fill(plurals.select(n) === "one" ? plural.one : plural.other, { n: whole.format(n), ...values });

  /** `undefined` when it is too long ago to be told that way. */
  const recent = (iso: string, now: number): string | undefined => {
    const elapsed = now - Date.parse(iso);
    if (elapsed >= DAY) return undefined;
    const parts = relativeParts(elapsed);
    return parts === undefined ? words.inbox.now : relatives.format(parts.value, parts.unit);
  };

  return {
    locale,
    direction: RIGHT_TO_LEFT.has(locale.split("-")[0] ?? "") ? "rtl" : "ltr",
    w: words,
    count,
    number: (n) => whole.format(n),
    percent: (fraction) => percents.format(fraction),
    list: (parts) => lists.format(parts),
    size: (octets) => {
      const { unit, value, digits } = scaleSize(octets);
      if (unit === "bytes") return count(words.size.bytes, value);
      return fill(words.size[unit], { n: (digits === 0 ? whole : tenths).format(value) });
    },
    duration: (milliseconds) =>
      durationParts(milliseconds)
        .map(({ value, unit }) => units.get(unit)?.format(value) ?? "")
        .join(" "),
    rowTime: (iso, now) => recent(iso, now) ?? clock.format(new Date(iso)),
    when: (iso, now) => recent(iso, now) ?? short.format(new Date(iso)),
    absolute: (iso) => full.format(new Date(iso)),
    instant: (iso) => precise.format(new Date(iso)),
    day: (iso, now) => {
      const date = new Date(iso);
      const today = new Date(now);
      const distance = daysAgo(date, today);
      if (distance === 0) return words.inbox.today;
      if (distance === 1) return words.inbox.yesterday;
      const sameYear = dayKey(date).slice(0, 4) === dayKey(today).slice(0, 4);
      return (sameYear ? thisYear : otherYear).format(date);
    },
  };
}
