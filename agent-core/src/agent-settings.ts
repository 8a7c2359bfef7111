/** The person's settings: what is stored of them, and what holds until something is. */
import { z } from "zod";
import {
  acceptMode,
  type CommandParams,
  heldMode,
  keepDays,
  quota,
  receiptMode,
  type Settings,
} from "./contract/index.ts";
import type { Store } from "./store/index.ts";

const stored = z.object({
  accept: acceptMode.catch("ask"),
  held: heldMode.catch("fetch"),
  plainLinks: z.boolean().catch(false),
  receipts: receiptMode.catch("none"),
  keepDays: keepDays.optional().catch(undefined),
  quota: quota.optional().catch(undefined),
  accountQuota: quota.optional().catch(undefined),
  channelQuota: quota.optional().catch(undefined),
});

export function readSettings(store: Store, folder: string): Settings {
  const found = Object.keys(stored.shape).map((key) => [key, store.getSetting(key)]);
  return { ...stored.parse(Object.fromEntries(found)), folder };
}

/** Stores what is to change, and gives it back as a patch: null unsets. */
export function changeSettings(store: Store, change: CommandParams<"settings.set">): Partial<Settings> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) store.setSetting(key, value ?? undefined);
  return Object.fromEntries(given);
}
