/**
 * Dates as mail writes them (RFC 5322 §3.3), for file-date (RFC 5547 §6). Reads `+0300`, the `+03:00` of the seed's
 * sample, months in full, years of two or three digits, and names of zones, of which all but the American ones count as
 * UTC (§4.3). Writes UTC.
 */
import { type EpochMillis, epochMillis } from "../../kernel/index.ts";

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const ZONES: ReadonlyMap<string, number> = new Map([
  ["EDT", -4],
  ["EST", -5],
  ["CDT", -5],
  ["CST", -6],
  ["MDT", -6],
  ["MST", -7],
  ["PDT", -7],
  ["PST", -8],
]);
const MINUTE = 60_000;

/** `undefined` where it is no date: a description of a file, not worth refusing the file for. */
export function parseMailDate(text: string): EpochMillis | undefined {
  const comma = text.indexOf(",");
  const [day, monthName, year, time, zone = "+0000", more] = text
    .slice(comma + 1)
    .split(/[ \t]/)
    .filter((word) => word !== "");
  if (day === undefined || monthName === undefined || year === undefined || time === undefined) return undefined;
  if (more !== undefined && !more.startsWith("(")) return undefined;
  const month = MONTHS.findIndex((name) => [name, name.slice(0, 3)].includes(capital(monthName)));
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(time);
  const offset = zoneMinutes(zone);
  if (month < 0 || clock === null || offset === undefined) return undefined;
  if (!/^\d{1,2}$/.test(day) || !/^\d{2,4}$/.test(year)) return undefined;
  const [hours, minutes, secs] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  if (hours > 23 || minutes > 59 || secs > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(wholeYear(year), month, Number(day));
  if (date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(hours, minutes, secs);
  return epochMillis(date.getTime() - offset * MINUTE);
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();

/** RFC 5322 §4.3. */
function wholeYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 4) return year;
  return year + (digits.length === 2 && year < 50 ? 2000 : 1900);
}

function zoneMinutes(zone: string): number | undefined {
  const numeric = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (numeric !== null) return (numeric[1] === "-" ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3]));
  if (!/^[A-Za-z]{1,5}$/.test(zone)) return undefined;
  return (ZONES.get(zone.toUpperCase()) ?? 0) * 60;
}

/** Years 0 to 9999; fractions of a second are dropped. */
export function formatMailDate(at: EpochMillis): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]?.slice(0, 3)} ${year}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
