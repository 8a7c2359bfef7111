/**
 * What becomes of a file by the person's rules, purely: the first one that is enabled and fits decides; what none fits is as
 * the setting says. Trusted content (seed 001 §5) is taken only by a rule that names its sender and that the network vouches
 * for that sender; no other rule that would take it, and no setting, concerns it.
 */
import type { AcceptMode, DecidedBy, Party, Rule, RuleAction, RuleConditions, RuleName } from "../contract/index.ts";
import { bareMediaType } from "../wire/multipart/index.ts";
import { isSipUri, parseUri } from "../wire/sip/index.ts";
import { isTrustedContent } from "./push-kind.ts";

/** What rules look at. */
export interface RuleSubject {
  readonly from: Party;
  readonly channel?: string | undefined;
  readonly service?: string | undefined;
  readonly application?: string | undefined;
  readonly type?: string | undefined;
  readonly size?: number | undefined;
  /** When it was offered, in minutes of the day by the clock of this computer. */
  readonly minute: number;
}

export interface Ruling {
  readonly action: RuleAction;
  readonly by: Exclude<DecidedBy, "person">;
  /** Where `by` is "rule". */
  readonly rule?: RuleName;
}

/** Midnight is 0. */
export function minuteOfDay(time: number): number {
  const date = new Date(time);
  return date.getHours() * 60 + date.getMinutes();
}

const SETTING = { all: "accept", none: "reject", ask: "ask" } as const satisfies Record<AcceptMode, RuleAction>;

export function ruleOn(subject: RuleSubject, rules: readonly Rule[], otherwise: AcceptMode): Ruling {
  const found = rules.find((rule) => concerns(rule, subject));
  if (found !== undefined) return { action: found.action, by: "rule", rule: { id: found.id, name: found.name } };
  if (isTrustedContent(subject.type)) return { action: "reject", by: "trust" };
  return { action: SETTING[otherwise], by: "setting" };
}

/** The rule fits and may decide on such content. */
export function concerns({ enabled, when, action }: Rule, subject: RuleSubject): boolean {
  if (!enabled || !fits(when, subject)) return false;
  if (action === "reject" || !isTrustedContent(subject.type)) return true;
  return when.vouched === true && when.senders !== undefined;
}

function fits(when: RuleConditions, subject: RuleSubject): boolean {
  const { senders, vouched, channels, services, types, minSize, maxSize, hours } = when;
  const { from, channel, service, application, size } = subject;
  const addresses = vouched === true ? [from.asserted] : [from.uri, from.asserted];
  const type = subject.type === undefined ? undefined : bareMediaType(subject.type);
  return (
    (vouched !== true || from.asserted !== undefined) &&
    oneOf(senders, (one) => addresses.some((address) => address !== undefined && isSender(one, address))) &&
    oneOf(channels, (one) => one === channel) &&
    oneOf(services, (one) => isReference(one, service) || isReference(one, application)) &&
    oneOf(types, (one) => type !== undefined && isType(one.toLowerCase(), type)) &&
    (minSize === undefined || (size !== undefined && size >= minSize)) &&
    (maxSize === undefined || (size !== undefined && size <= maxSize)) &&
    (hours === undefined || isWithin(minutes(hours.from), minutes(hours.to), subject.minute))
  );
}

const oneOf = (wanted: readonly string[] | undefined, holds: (one: string) => boolean): boolean =>
  wanted === undefined || wanted.some(holds);

const isReference = (wanted: string, stated: string | undefined): boolean =>
  stated?.toLowerCase() === wanted.trim().toLowerCase();

const isType = (wanted: string, type: string): boolean =>
  wanted.endsWith("/*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** The same time twice is the whole day. */
const isWithin = (from: number, to: number, minute: number): boolean =>
  from < to ? from <= minute && minute < to : minute >= from || minute < to;

function isSender(wanted: string, address: string): boolean {
  const stated = addressKey(address);
  const text = wanted.trim();
  return text.startsWith("@")
    ? stated.endsWith(text.toLowerCase()) && stated.lastIndexOf("@") === stated.length - text.length
    : stated === addressKey(text);
}

/**
 * What of an address says who it is: `user@host`, or a telephone number; without scheme, port and parameters. The user's
 * part keeps its letters (RFC 3261 §19.1.4), the host's are small.
 */
function addressKey(address: string): string {
  try {
    const uri = parseUri(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `sip:${address}`);
    if (isSipUri(uri)) return `${decodeURIComponent(uri.user ?? "")}@${uri.host}`;
    const bare = uri.text.slice(uri.scheme.length + 1).replace(/;.*/, "");
    return uri.scheme === "tel" ? bare.replace(/[-.()]/g, "") : bare;
  } catch {
    return address;
  }
}
