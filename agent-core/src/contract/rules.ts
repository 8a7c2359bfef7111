/** Rules of a person: what happens by itself with what is offered. The first one that fits decides. */
import { z } from "zod";

const some = (member: z.ZodString) => z.array(member).min(1).max(100).optional();
const text = z.string().trim().min(1).max(300);
/** Of a day, e.g. `22:30`. */
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/);

/** Every member that is there must hold; a list holds when one of its members does. Nothing at all fits everything. */
export const ruleConditions = z.strictObject({
  /** Addresses (`sip:anna@example.net`, `tel:+15550100`) and whole domains (`@example.net`). */
  senders: some(text),
  /** Someone the network vouches for; then only the address it vouches for counts (RFC 3325). */
  vouched: z.literal(true).optional(),
  /** Channels, by id. */
  channels: some(text),
  /** Service or application references out of Accept-Contact. */
  services: some(text),
  /** `image/png`, or `image/*` for all of a kind. What states no type fits none. */
  types: some(z.string().regex(/^[\w!#$&^.+-]{1,100}\/(?:\*|[\w!#$&^.+-]{1,100})$/)),
  /** Octets, both ends included. What states no size fits none. */
  minSize: z.int().nonnegative().optional(),
  maxSize: z.int().nonnegative().optional(),
  /** By the clock of this computer: from, and before; `from` after `to` spans midnight. */
  hours: z.strictObject({ from: timeOfDay, to: timeOfDay }).optional(),
});
export type RuleConditions = z.infer<typeof ruleConditions>;

export const ruleAction = z.enum(["accept", "reject", "ask"]);
export type RuleAction = z.infer<typeof ruleAction>;

export const rule = z.strictObject({
  id: z.string().min(1).max(64),
  name: z.string().trim().min(1).max(80),
  enabled: z.boolean(),
  when: ruleConditions,
  action: ruleAction,
});
export type Rule = z.infer<typeof rule>;

/** A rule that is being written; without an id it is a new one. */
export const ruleDraft = rule.partial({ id: true });
export type RuleDraft = z.infer<typeof ruleDraft>;

/** The rule as it was called when it decided. */
export const ruleName = z.object({ id: z.string(), name: z.string() });
export type RuleName = z.infer<typeof ruleName>;

/**
 * Who decided: the person for this very file, a rule of theirs, the setting for what no rule fits, or that configuration
 * and the like is taken from nobody whom a rule does not name.
 */
export const decidedBy = z.enum(["person", "rule", "setting", "trust"]);
export type DecidedBy = z.infer<typeof decidedBy>;
