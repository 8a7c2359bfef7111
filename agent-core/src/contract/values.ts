/** The nouns of the contract: what an account, an offer, a transfer, an item and a channel look like to a UI. */
import { z } from "zod";
import { decidedBy, ruleAction, ruleName } from "./rules.ts";

/** Why something is as it is: a stable code out of the error catalogue, and the sentence a person reads. */
export const reason = z.object({ code: z.string(), text: z.string() });
export type Reason = z.infer<typeof reason>;

/** ISO 8601 in UTC. */
export const timestamp = z.iso.datetime();
/** Octets. */
export const octets = z.int().nonnegative();

export const registrationState = z.enum(["connecting", "registered", "refreshing", "lost", "rejected", "unregistered"]);
export type RegistrationState = z.infer<typeof registrationState>;

/** The relays that take transfers for an account (RFC 4976). Without them senders connect directly. */
export const relay = z.object({
  state: z.enum(["connecting", "ready", "lost", "rejected"]),
  reason: reason.optional(),
  /** When the next attempt is made, in state `lost`. */
  retryAt: timestamp.optional(),
});
export type Relay = z.infer<typeof relay>;

export const account = z.object({
  /** The address of record, e.g. `sip:bob@example.net`; it is the account's id. */
  id: z.string(),
  registrar: z.string(),
  state: registrationState,
  expiresAt: timestamp.optional(),
  reason: reason.optional(),
  /** When the next attempt is made, in state `lost`. */
  retryAt: timestamp.optional(),
  /** Addresses that the network has given this account besides its own (P-Associated-URI, RFC 7315). */
  identities: z.array(z.string()).optional(),
  /** Where the account has relays. */
  relay: relay.optional(),
});
export type Account = z.infer<typeof account>;

/** Who it came from. `asserted` only when a trusted hop vouches for it (RFC 3325). */
export const party = z.object({ uri: z.string(), name: z.string().optional(), asserted: z.string().optional() });
export type Party = z.infer<typeof party>;

/**
 * A file over MSRP comes in the clear, or over TLS: from who has the certificate that the offer names or an authority vouches
 * for, or from somebody of whom that is not proven.
 */
export const encryption = z.enum(["none", "unproven", "proven"]);
export type Encryption = z.infer<typeof encryption>;

export const offeredFile = z.object({
  /** Its place among the offer's media lines, from 0. */
  index: z.int().nonnegative(),
  name: z.string(),
  type: z.string().optional(),
  size: octets.optional(),
  /** Algorithm → colon-separated upper-case hex, as offered. */
  hashes: z.record(z.string(), z.string()),
  description: z.string().optional(),
  disposition: z.string().optional(),
  /** file-transfer-id (RFC 5547 §6). */
  id: z.string().optional(),
  modifiedAt: z.string().optional(),
  /** Where it would be fetched from. */
  url: z.string().optional(),
  /** How it would come over MSRP; `unproven` may prove itself yet. */
  encryption: encryption.optional(),
  /** A picture came with the offer: ask for it with `offers.icon`. */
  hasIcon: z.boolean().optional(),
  /** Octets of it that are here from a transfer that broke; this one goes on behind them. */
  received: octets.optional(),
  /** The item that is this very file, by its hash. */
  alreadyHave: z.string().optional(),
  /** Free on the disk, where that is less than the file takes. It can be accepted once there is room. */
  free: octets.optional(),
  /** What the person's rules say of it, where they do; the person may decide otherwise. */
  ruling: z.object({ action: ruleAction.exclude(["ask"]), rule: ruleName }).optional(),
  /** Inlet cannot receive this one (accept-types, transport, trust); it can only be rejected. */
  unacceptable: reason.optional(),
});
export type OfferedFile = z.infer<typeof offeredFile>;

/**
 * The kinds of push (seed 001 §5): to anyone; of configuration and the like, taken only from whom a rule names and the
 * network vouches for; for an application or a channel that the person has chosen.
 */
export const pushKind = z.enum(["generic", "trusted", "selective"]);
export type PushKind = z.infer<typeof pushKind>;

export const offer = z.object({
  id: z.string(),
  account: z.string(),
  /** `link`: nobody sends the files, Inlet would fetch them from where they lie. */
  origin: z.literal("link").optional(),
  from: party,
  /** Which of our addresses it was sent to, where that is not the account's own (P-Called-Party-ID, RFC 7315). */
  to: z.string().optional(),
  /** Service and application reference out of Accept-Contact (seed 001 §6.5.1). */
  service: z.string().optional(),
  application: z.string().optional(),
  /** The channel whose push this is. */
  channel: z.string().optional(),
  subject: z.string().optional(),
  /** The Session Identity (seed 001 §6.5.1.1): where the sender is reached within the session. */
  session: z.string().optional(),
  push: pushKind.optional(),
  files: z.array(offeredFile),
  receivedAt: timestamp,
  /** After this the offer ends by itself. */
  expiresAt: timestamp,
});
export type Offer = z.infer<typeof offer>;

export const transferState = z.enum(["waiting", "receiving", "paused", "verifying"]);
export const transfer = z.object({
  offer: z.string(),
  index: z.int().nonnegative(),
  account: z.string(),
  from: party,
  channel: z.string().optional(),
  name: z.string(),
  type: z.string().optional(),
  size: octets.optional(),
  received: octets,
  state: transferState,
  /** `paused`: octets that the disk lacked when it was full. It goes on by itself when there is room. */
  needs: octets.optional(),
  startedAt: timestamp,
});
export type Transfer = z.infer<typeof transfer>;

export const verified = z.enum(["yes", "no", "unstated"]);
export type Verified = z.infer<typeof verified>;

export const outcome = z.enum(["completed", "partial", "rejected", "cancelled", "failed", "expired"]);
export type Outcome = z.infer<typeof outcome>;

/** What became of one file of an offer. */
export const fileOutcome = z.object({
  index: z.int().nonnegative(),
  name: z.string(),
  type: z.string().optional(),
  size: octets.optional(),
  outcome: z.enum(["open", "receiving", "completed", "rejected", "cancelled", "failed", "expired"]),
  reason: reason.optional(),
  decidedBy: decidedBy.optional(),
  rule: ruleName.optional(),
  /** Octets of it that had come when it ended, and whether they were what was offered. */
  received: octets.optional(),
  verified: verified.optional(),
  /** The item it became. */
  item: z.string().optional(),
  /** It is not what was offered, and lies aside: `offers.keepAside` or `offers.discardAside`. */
  aside: z.boolean().optional(),
});

/** An offer in the history: ended ones, and open ones as they stand. */
export const offerRecord = z.object({
  id: z.string(),
  account: z.string(),
  from: party,
  channel: z.string().optional(),
  service: z.string().optional(),
  application: z.string().optional(),
  session: z.string().optional(),
  push: pushKind.optional(),
  receivedAt: timestamp,
  endedAt: timestamp.optional(),
  outcome: outcome.optional(),
  reason: reason.optional(),
  files: z.array(fileOutcome),
});
export type OfferRecord = z.infer<typeof offerRecord>;

export const caution = z.enum(["program", "disguised"]);
export type Caution = z.infer<typeof caution>;

export const item = z.object({
  id: z.string(),
  account: z.string(),
  kind: z.enum(["file", "message", "link"]),
  from: party,
  channel: z.string().optional(),
  /** The offer and the line it came by; absent for a message. */
  offer: z.string().optional(),
  index: z.int().nonnegative().optional(),
  /** File name, or the subject or first words of a message. */
  name: z.string(),
  type: z.string(),
  size: octets,
  /** Where the file lies; absent for a message. */
  path: z.string().optional(),
  /** The text of a message, cut at 64 KiB; whole through the content reader. */
  text: z.string().optional(),
  description: z.string().optional(),
  /** How the sender means it to be shown: `render`, `attachment` or else. Nothing is ever opened by itself. */
  disposition: z.string().optional(),
  /** When it was written and who wrote it, by its own envelope: nobody vouches for that. */
  sentAt: timestamp.optional(),
  author: z.object({ uri: z.string(), name: z.string().optional() }).optional(),
  /** Lower-case hex. */
  sha1: z.string().optional(),
  sha256: z.string().optional(),
  verified,
  /** How it came over MSRP. */
  encryption: encryption.optional(),
  /** The type its first octets show, where they show one; nobody's word is taken for it. */
  sniffed: z.string().optional(),
  /** Look twice before opening it: it can run, or it is something else than its name and its sender say. */
  caution: caution.optional(),
  /** Who let it in, of what was asked about. */
  acceptedBy: decidedBy.exclude(["trust"]).optional(),
  rule: ruleName.optional(),
  receivedAt: timestamp,
  read: z.boolean(),
});
export type Item = z.infer<typeof item>;

export const channelStatus = z.enum(["available", "requested", "subscribed", "pending", "suspended", "refused"]);
export const channel = z.object({
  /** The channel's id within its provider, a URI (docs/channels.md). */
  id: z.string(),
  account: z.string(),
  name: z.string(),
  status: channelStatus,
  description: z.string().optional(),
  provider: z.string().optional(),
  categories: z.array(z.string()),
  types: z.array(z.string()),
  delivery: z.array(z.string()),
  /** Why it was refused. */
  reason: reason.optional(),
  lastItemAt: timestamp.optional(),
});
export type Channel = z.infer<typeof channel>;

/** One message of the recorded exchange. */
export const traceEntry = z.object({
  id: z.string(),
  time: timestamp,
  direction: z.enum(["in", "out"]),
  protocol: z.enum(["UDP", "TCP", "TLS", "WS", "WSS", "MSRP", "MSRPS", "HTTP", "HTTPS"]),
  /** The account whose connection it crossed; MSRP belongs to none. */
  account: z.string().optional(),
  callId: z.string().optional(),
  /** `address:port`. */
  local: z.string(),
  remote: z.string(),
  /** E.g. `INVITE sip:bob@example.net`, `200 OK (INVITE)`, `SEND 1-2048/4096`. */
  summary: z.string(),
  /** A refusal, or nothing that can be understood. */
  failed: z.boolean(),
  size: octets,
});

/** The same with what was said: without secrets, binary bodies and long ones cut and marked; of MSRP the heads. */
export const traceMessage = traceEntry.extend({ text: z.string() });
export type TraceMessage = z.infer<typeof traceMessage>;

/** In a list: whether it is a retransmission of one before it. */
export const listedTraceEntry = traceEntry.extend({ repeated: z.boolean() });
export type TraceEntry = z.infer<typeof listedTraceEntry>;

/** What happens with what no rule fits. `ask` is the default. */
export const acceptMode = z.enum(["ask", "all", "none"]);
export type AcceptMode = z.infer<typeof acceptMode>;

/** A file that is here already, by its hash: fetched all the same, or shown again without being fetched. */
export const heldMode = z.enum(["fetch", "reuse"]);
export type HeldMode = z.infer<typeof heldMode>;

/** What a sender that asks is told: nothing, that it was delivered, or also that it was displayed. */
export const receiptMode = z.enum(["none", "delivered", "displayed"]);
export type ReceiptMode = z.infer<typeof receiptMode>;

export const keepDays = z.int().min(1).max(36_500);
export const quota = z.int().positive();

export const settings = z.object({
  accept: acceptMode,
  held: heldMode,
  folder: z.string(),
  /** Links that are not encrypted (http) may be followed too, once accepted. */
  plainLinks: z.boolean(),
  receipts: receiptMode,
  /** Items are deleted this long after they came; without it, never. */
  keepDays: keepDays.optional(),
  /** What received files may take together, those of each account, and those of each channel. A file beyond is refused. */
  quota: quota.optional(),
  accountQuota: quota.optional(),
  channelQuota: quota.optional(),
});

export type Settings = z.infer<typeof settings>;
