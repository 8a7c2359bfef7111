/**
 * The state a UI mirrors: sent whole on connect, then as JSON merge patches (RFC 7396). Collections are keyed by id,
 * so that a patch names just what changed. Large lists (items, history) are never in it; they are queried.
 */
import { z } from "zod";
import { rule } from "./rules.ts";
import { account, channel, offer, reason, settings, transfer } from "./values.ts";

export const agentState = z.object({
  accounts: z.record(z.string(), account),
  /** Open offers: those that wait for a decision. */
  offers: z.record(z.string(), offer),
  /** Running transfers, by `transferKey`. */
  transfers: z.record(z.string(), transfer),
  /** By `channelKey`. */
  channels: z.record(z.string(), channel),
  settings,
  /** Why nothing can be received into the folder now; it is looked after by itself. */
  folderTrouble: reason.optional(),
  /** In their order: the first that fits decides. */
  rules: z.array(rule),
  counters: z.object({
    /** Items nobody has looked at. */
    unread: z.int().nonnegative(),
    /** The same by `channelKey`. */
    unreadByChannel: z.record(z.string(), z.int().nonnegative()),
    items: z.int().nonnegative(),
  }),
});
export type AgentState = z.infer<typeof agentState>;

export const transferKey = (offer: string, index: number): string => `${offer}#${index}`;
export const channelKey = (account: string, channel: string): string => `${account} ${channel}`;

/** A JSON merge patch: null deletes a member, objects merge, everything else replaces. */
export type MergePatch = { readonly [member: string]: unknown };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7396 §2. Returns a new value; parts that do not change are shared with `target`. */
export function applyMergePatch<T>(target: T, patch: unknown): T {
  if (!isObject(patch)) return patch as T;
  // No prototype: a member called "__proto__" is a member.
  const result: Record<string, unknown> = Object.assign(Object.create(null), isObject(target) ? target : {});
  for (const [member, value] of Object.entries(patch)) {
    if (value === null) delete result[member];
    else result[member] = applyMergePatch(result[member], value);
  }
  return result as T;
}
