/** What the push procedures need of the agent around them. */
import type { AcceptMode, AgentEvent, HeldMode, Item, MergePatch, Rule, Settings } from "../contract/index.ts";
import type { HttpPolicy } from "../http/index.ts";
import type { Clock, Log, TraceSink } from "../kernel/index.ts";
import type { MsrpListener, RelayLink } from "../msrp/index.ts";
import type { KeptHashes, NewItem, Store } from "../store/index.ts";
import type { SipRequest } from "../wire/sip/index.ts";
import type { Notes } from "./notes.ts";
import type { Receipts } from "./receipts.ts";
import type { SenderRate } from "./sender-rate.ts";
import type { Underway } from "./underway.ts";

/** How an account can be reached for transfers. */
export interface Reach {
  /** Nobody can connect to us: where the offer leaves a choice, we connect. */
  readonly behindNat: boolean;
  /** Our address as the account's core sees it, where we listen at every address. */
  readonly host?: string | undefined;
  /** Takes transfers for the account, while it is there. */
  readonly relay?: RelayLink | undefined;
}

/** Where an account is reached, in what it says of itself. */
export const ownHost = ({ reach, msrp }: Pick<PushEnvironment, "reach" | "msrp">, account: string): string =>
  reach(account).host ?? msrp.host;

export interface PushEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly msrp: MsrpListener;
  /** Where finished files go. */
  readonly folder: string;
  /** Fails with INLET_FOLDER_* where nothing can be received into it now. */
  useFolder(): void;
  /** Types of content that are taken; undefined for all. */
  readonly takenTypes?: readonly string[] | undefined;
  acceptMode(): AcceptMode;
  reach(account: string): Reach;
  heldMode(): HeldMode;
  /** The person's, in their order. */
  rules(): readonly Rule[];
  readonly links: {
    /** What links may lead to. */
    policy(): HttpPolicy;
    /** Default: the system's resolver. */
    readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
    /** What is fetched for an account is told to it. */
    readonly trace?: (account: string) => TraceSink;
  };
  /** The channel a request belongs to, by its id, if it comes from one. */
  channelOf(account: string, request: SipRequest): string | undefined;
  publish(event: AgentEvent): void;
  patch(patch: MergePatch): void;
  /** Records an item durably, then tells it and resolves. */
  addItem(item: NewItem): Promise<Item>;
  /** What becomes of offers, for the history. */
  readonly notes: Notes;
  /** Records the item of an offer's line durably, without telling it yet. */
  recordItem(item: NewItem, offerFile: { readonly offer: string; readonly index: number }): void;
  /** What received files may take, in octets. */
  quotas(): Partial<Pick<Settings, "quota" | "accountQuota" | "channelQuota">>;
  /** What was accepted and is not here yet. */
  readonly underway: Underway;
  readonly receipts: Receipts;
  readonly rate: SenderRate;
  /** Tells a recorded item; hashes that are known only now are recorded first. */
  tellItem(id: string, hashes?: KeptHashes): void;
}
