/**
 * Event and Subscription-State (RFC 6665 §8.2.1, §8.2.3). Refuses (INLET_SIP_SYNTAX) a name that is no token and a
 * number that is none; parameters of other names say nothing.
 */
import { type Parameters, parseParameters } from "./parameters.ts";
import { isToken, syntax } from "./scan.ts";

export interface EventName {
  readonly package: string;
  readonly id?: string;
}

export interface SubscriptionStatus {
  /** `active`, `pending`, `terminated`, or a word of an extension; lower case. */
  readonly state: string;
  readonly reason?: string;
  /** Seconds. */
  readonly expires?: number;
  /** Seconds. */
  readonly retryAfter?: number;
}

const LARGEST = 2 ** 32 - 1;

function split(text: string, where: string): { word: string; parameters: Parameters } {
  const semicolon = text.indexOf(";");
  const word = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (!isToken(word)) throw syntax(where);
  return { word, parameters: parseParameters(semicolon < 0 ? "" : text.slice(semicolon + 1), where) };
}

/** delta-seconds (RFC 3261 §25.1); what exceeds 32 bits counts as the largest. Undefined where it is none. */
export function parseSeconds(text: string): number | undefined {
  const value = text.trim();
  return /^\d{1,20}$/.test(value) ? Math.min(Number(value), LARGEST) : undefined;
}

/** Retry-After: seconds, behind which a comment and parameters may stand (RFC 3261 §20.33). */
export const parseRetryAfter = (text: string): number | undefined =>
  parseSeconds(/^\s*(\d+)\s*(?:[(;]|$)/.exec(text)?.[1] ?? "");

function secondsOf(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const value = parseSeconds(text);
  if (value === undefined) throw syntax(`Subscription-State: ${name}`);
  return value;
}

export function parseEvent(text: string): EventName {
  const { word, parameters } = split(text, "Event");
  const id = parameters.get("id");
  return { package: word, ...(id !== undefined && { id }) };
}

export const formatEvent = (event: EventName): string =>
  event.id === undefined ? event.package : `${event.package};id=${event.id}`;

/** Compared byte by byte; one with an id never matches one without (RFC 6665 §8.2.1). */
export const sameEvent = (a: EventName, b: EventName): boolean => a.package === b.package && a.id === b.id;

export function parseSubscriptionState(text: string): SubscriptionStatus {
  const { word, parameters } = split(text, "Subscription-State");
  const reason = parameters.get("reason")?.toLowerCase();
  const expires = secondsOf(parameters, "expires");
  const retryAfter = secondsOf(parameters, "retry-after");
  return {
    state: word.toLowerCase(),
    ...(reason !== undefined && { reason }),
    ...(expires !== undefined && { expires }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
}
