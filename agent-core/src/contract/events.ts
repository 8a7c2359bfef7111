/** What happened, once. These are also the lines of `inlet receive --json`: public and stable. */
import { z } from "zod";
import { item, offer, outcome, reason, registrationState, relay, timestamp } from "./values.ts";

const readyEvent = z.object({ event: z.literal("ready"), msrp: z.string() });

const registrationEvent = z.object({
  event: z.literal("registration"),
  account: z.string(),
  state: registrationState,
  expiresAt: timestamp.optional(),
  reason: reason.optional(),
});

/** The relays that take transfers for an account (RFC 4976). */
const relayEvent = z.object({
  event: z.literal("relay"),
  account: z.string(),
  state: relay.shape.state,
  reason: reason.optional(),
});

const offerEvent = offer.extend({ event: z.literal("offer") });

/** At most ten a second for one transfer, and one at its end. */
const transferEvent = z.object({
  event: z.literal("transfer"),
  offer: z.string(),
  index: z.int().nonnegative(),
  received: z.int().nonnegative(),
  size: z.int().nonnegative().optional(),
});

const itemEvent = item
  .omit({ receivedAt: true, read: true, acceptedBy: true, rule: true })
  .extend({ event: z.literal("item") });

const offerEndedEvent = z.object({
  event: z.literal("offerEnded"),
  id: z.string(),
  outcome,
  reason: reason.optional(),
});

const channelsEvent = z.object({
  event: z.literal("channels"),
  account: z.string(),
  channels: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })),
});

/** The folder for received files cannot be used, at the start or from now on; or it can again. */
const folderEvent = z.object({
  event: z.literal("folder"),
  path: z.string(),
  usable: z.boolean(),
  reason: reason.optional(),
});

const errorEvent = z.object({ event: z.literal("error"), code: z.string(), text: z.string() });

export const agentEvent = z.discriminatedUnion("event", [
  readyEvent,
  registrationEvent,
  relayEvent,
  offerEvent,
  transferEvent,
  itemEvent,
  offerEndedEvent,
  channelsEvent,
  folderEvent,
  errorEvent,
]);
export type AgentEvent = z.infer<typeof agentEvent>;
