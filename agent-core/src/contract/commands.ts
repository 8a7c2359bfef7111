/** What a UI can ask for: request → result or error. Parameters are strict: an unknown member is refused. */
import { z } from "zod";
import { ruleAction, ruleDraft, ruleName } from "./rules.ts";
import {
  acceptMode,
  fileOutcome,
  heldMode,
  item,
  keepDays,
  listedTraceEntry,
  offerRecord,
  party,
  quota,
  receiptMode,
  timestamp,
  traceMessage,
} from "./values.ts";

const id = z.string().min(1).max(512);
const nothing = z.strictObject({});

/** Each command with the schemas of its parameters and of its result. */
export const commands = {
  /** Accepts the named files of an open offer; the others of the offer are rejected. An empty list rejects it whole. */
  "offers.decide": {
    params: z.strictObject({ offer: id, accept: z.array(z.int().nonnegative()).max(1000) }),
    result: nothing,
  },
  /** The picture that came with an offered file. */
  "offers.icon": {
    params: z.strictObject({ offer: id, index: z.int().nonnegative() }),
    result: z.object({ type: z.string(), base64: z.string() }),
  },
  /** The history of offers, newest first. `before` is the `next` of the page before. */
  "offers.list": {
    params: z.strictObject({ limit: z.int().min(1).max(200).optional(), before: z.string().max(128).optional() }),
    result: z.object({ offers: z.array(offerRecord), next: z.string().optional() }),
  },
  /** Of a file that is not what was offered, and was kept aside: puts it into the folder and the inbox all the same. */
  "offers.keepAside": {
    params: z.strictObject({ offer: id, index: z.int().nonnegative() }),
    result: z.object({ item: z.string() }),
  },
  /** The same thrown away. */
  "offers.discardAside": { params: z.strictObject({ offer: id, index: z.int().nonnegative() }), result: nothing },
  "transfers.cancel": { params: z.strictObject({ offer: id, index: z.int().nonnegative() }), result: nothing },
  "channels.subscribe": { params: z.strictObject({ account: id, channel: id }), result: nothing },
  "channels.unsubscribe": { params: z.strictObject({ account: id, channel: id }), result: nothing },
  /** Items, newest first. `before` is the `next` of the page before. */
  "items.list": {
    params: z.strictObject({
      limit: z.int().min(1).max(200).optional(),
      before: z.string().max(128).optional(),
      channel: id.optional(),
      kind: z.enum(["file", "message", "link"]).optional(),
      /** Words that the name, the text or the sender holds. */
      query: z.string().max(200).optional(),
    }),
    result: z.object({ items: z.array(item), next: z.string().optional() }),
  },
  "items.get": { params: z.strictObject({ id }), result: item },
  "items.markRead": { params: z.strictObject({ ids: z.array(id).max(1000), read: z.boolean() }), result: nothing },
  /** Takes the item out of the inbox. Its file goes when the undo time (ten minutes) is over. */
  "items.delete": { params: z.strictObject({ id }), result: nothing },
  /** Undoes `items.delete`. */
  "items.restore": { params: z.strictObject({ id }), result: nothing },
  /** Tries a lost or rejected account again now. */
  "accounts.reconnect": { params: z.strictObject({ account: id }), result: nothing },
  "settings.set": {
    params: z.strictObject({
      accept: acceptMode.optional(),
      held: heldMode.optional(),
      plainLinks: z.boolean().optional(),
      receipts: receiptMode.optional(),
      /** null: without. */
      keepDays: keepDays.nullable().optional(),
      quota: quota.nullable().optional(),
      accountQuota: quota.nullable().optional(),
      channelQuota: quota.nullable().optional(),
    }),
    result: nothing,
  },
  /** Adds a rule, or changes the one of that id. `at`: its place among the rules from 0; else where it is, or last. */
  "rules.save": {
    params: z.strictObject({ rule: ruleDraft, at: z.int().nonnegative().optional() }),
    result: z.object({ id: z.string() }),
  },
  "rules.delete": { params: z.strictObject({ id }), result: nothing },
  /** What the rule, put `at` its place, would have done with the files offered in the last 90 days. Nothing is changed. */
  "rules.rehearse": {
    params: z.strictObject({ rule: ruleDraft, at: z.int().nonnegative().optional() }),
    result: z.object({
      /** Files that were looked at, and since when. */
      looked: z.int().nonnegative(),
      since: timestamp,
      /** Files that fit the rule, those of them that it would have decided, and their octets. */
      fits: z.int().nonnegative(),
      decides: z.int().nonnegative(),
      octets: z.int().nonnegative(),
      /** The newest of those that fit, a hundred at most. */
      files: z.array(
        fileOutcome.pick({ index: true, name: true, type: true, size: true, outcome: true }).extend({
          offer: z.string(),
          from: party,
          channel: z.string().optional(),
          receivedAt: timestamp,
          /** What would have happened, and by which other rule, where one comes first. */
          action: ruleAction,
          rule: ruleName.optional(),
        }),
      ),
    }),
  },
  /** The recorded protocol exchange, newest first; of one account, or of one call with its MSRP sessions. */
  "trace.list": {
    params: z.strictObject({
      limit: z.int().min(1).max(200).optional(),
      before: z.string().max(128).optional(),
      account: id.optional(),
      callId: id.optional(),
    }),
    result: z.object({ messages: z.array(listedTraceEntry), next: z.string().optional() }),
  },
  /** One message of it, whole. */
  "trace.get": { params: z.strictObject({ id }), result: traceMessage },
  /** Ends the agent: unregisters, closes, flushes. */
  quit: { params: nothing, result: nothing },
} as const;

export type CommandName = keyof typeof commands;
export type CommandParams<C extends CommandName> = z.input<(typeof commands)[C]["params"]>;
export type CommandResult<C extends CommandName> = z.output<(typeof commands)[C]["result"]>;

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** The envelope in which a request crosses any carrier. */
export const commandRequest = z.strictObject({
  id: z.union([z.int(), z.string().max(64)]),
  command: z.string().max(64),
  params: z.unknown().optional(),
});
export type CommandRequest = z.infer<typeof commandRequest>;

export type CommandResponse =
  | { readonly id: number | string | null; readonly result: unknown }
  | { readonly id: number | string | null; readonly error: { readonly code: string; readonly text: string } };
