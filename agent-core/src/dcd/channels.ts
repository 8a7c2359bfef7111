/**
 * The channels of one account (docs/channels.md): the list by SUBSCRIBE/NOTIFY, joining by REFER to the channel, the
 * invitation that follows, leaving by BYE of that session, or by REFER where there is none.
 */
import { type Channel, channelKey } from "../contract/index.ts";
import { type Clock, InletError, type Log, type Reason, readable } from "../kernel/index.ts";
import type { MsrpListener, MsrpSession } from "../msrp/index.ts";
import { type IncomingInvite, type InviteSession, Subscription, type UserAgent } from "../sip/index.ts";
import {
  applyChannelList,
  CHANNEL_LIST_TYPE,
  type ChannelListState,
  parseChannelList,
} from "../wire/channel-list/index.ts";
import { bareMediaType } from "../wire/multipart/index.ts";
import {
  addressOfRecord,
  contactPredicates,
  fromOf,
  headerValue,
  isSipUri,
  parseSipUri,
  parseTargetDialog,
  type SipRequest,
} from "../wire/sip/index.ts";
import { answerInvitation } from "./answer-invitation.ts";
import { type ChannelEntry, channelView, listed } from "./channel-entry.ts";
import { ChannelRequests } from "./channel-requests.ts";

export interface ChannelsEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly msrp: MsrpListener;
  /** Our address in paths, where the listener's own says nothing. */
  host?(): string | undefined;
  readonly account: string;
  readonly userAgent: UserAgent;
  lastItemAt(channel: string): string | undefined;
  /** Content that was pushed in the subscription (seed 001 §5). Resolves when it is on disk. */
  content(request: SipRequest): Promise<void>;
  /** The whole list, and which keys are gone from it. */
  changed(channels: ReadonlyMap<string, Channel>, removed: readonly string[]): void;
}

/** Feature tag of a channel in Accept-Contact (docs/channels.md). */
const CHANNEL_TAG = "+g.oma.dcd.channel";
const LIST_EXPIRES = 3600;

export class Channels {
  readonly #environment: ChannelsEnvironment;
  readonly #entries = new Map<string, ChannelEntry>();
  readonly #sessions = new Map<string, { readonly dialog: InviteSession; readonly media: MsrpSession }>();
  readonly #requests: ChannelRequests;
  #list: ChannelListState | undefined;
  #subscription: Subscription | undefined;
  #ended: (() => void) | undefined;

  constructor(environment: ChannelsEnvironment) {
    this.#environment = environment;
    const { clock, userAgent, account } = environment;
    this.#requests = new ChannelRequests({
      clock,
      userAgent,
      account,
      refused: (id, why) => this.#refuse(id, why),
    });
  }

  /** The account is registered: ask for the list. */
  start(): void {
    this.#list = undefined;
    const { userAgent, account, clock, log } = this.#environment;
    this.#subscription = new Subscription(userAgent, {
      uri: account,
      event: "dcd-channels",
      accept: `${CHANNEL_LIST_TYPE}, */*`,
      expires: LIST_EXPIRES,
      clock,
      notified: (request) => this.#notified(request),
      ended: (outcome) => {
        // A core without channels is no fault: nothing is shown (Kamailio answers 489).
        log("info", "dcd.channels.ended", { account, outcome });
        this.#subscription = undefined;
        this.#ended?.();
      },
    });
    this.#subscription.start();
  }

  /** The connection is gone: the list stays on show as it was last known. */
  suspend(): void {
    this.#subscription?.abandon();
    this.#subscription = undefined;
    // A stop under way waits for nothing more.
    this.#ended?.();
  }

  /**
   * Leaves the list's subscription; channels stay subscribed with the provider. Their sessions are let go without a
   * word, since a BYE would mean that the person leaves the channel (docs/channels.md).
   */
  async stop(): Promise<void> {
    this.#requests.stop();
    for (const { media } of this.#sessions.values()) media.close();
    this.#sessions.clear();
    const subscription = this.#subscription;
    if (subscription === undefined) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      subscription.stop();
    });
  }

  /** Drops everything at once, without a word. */
  dispose(): void {
    this.#requests.stop();
    this.suspend();
  }

  /** The channel a request comes from: by its tag, by the session it names, else by the channel's URI in From. */
  channelOf(request: SipRequest): string | undefined {
    for (const { features } of contactPredicates(request, "accept-contact")) {
      const id = features.get(CHANNEL_TAG);
      if (id !== undefined && this.#entries.has(id)) return id;
    }
    const named = headerValue(request, "target-dialog");
    const target = named === undefined ? undefined : parseTargetDialog(named);
    for (const [id, { dialog }] of this.#sessions) {
      const { callId, localTag, remoteTag } = dialog.id;
      if (target?.callId === callId && target.localTag === localTag && target.remoteTag === remoteTag) return id;
    }
    const { uri } = fromOf(request);
    if (!isSipUri(uri)) return undefined;
    const address = addressOfRecord(uri);
    return [...this.#entries.values()].find(({ listed: { uri: own } }) => sameAddress(own, address))?.listed.id;
  }

  /** INLET_CHANNEL_UNKNOWN, INLET_CHANNEL_REFUSED, INLET_ACCOUNT_OFFLINE, INLET_SIP_TIMEOUT. */
  async subscribe(id: string): Promise<void> {
    const entry = this.#get(id);
    this.#set(id, { ...entry, wish: { kind: "requested" } });
    try {
      await this.#requests.join(id, entry.listed.uri);
    } catch (error) {
      if (error instanceof InletError) this.#refuse(id, error.reason);
      throw error;
    }
  }

  /** Likewise. */
  async unsubscribe(id: string): Promise<void> {
    const entry = this.#get(id);
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#close(id);
    else await this.#requests.leave(id, entry.listed.uri);
    const now = this.#get(id);
    this.#set(id, { listed: { ...now.listed, status: "available" }, wish: { kind: "none" } });
  }

  /**
   * Takes an INVITE that says by its tag that it is a channel's, and names a session that does not stand: 481
   * (docs/channels.md). Takes another one if it is a channel's invitation: it comes from the channel, describes no file, and the person has
   * asked for the channel or has it. False: it is something else.
   */
  invited(invite: IncomingInvite): boolean {
    if (invite.target === "unknown" && ofSomeChannel(invite.request)) {
      invite.reject(481);
      return true;
    }
    const id = this.channelOf(invite.request);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return false;
    const answer = answerInvitation(invite.request, this.#environment);
    if (answer === undefined) return false;
    if (entry.wish.kind !== "requested" && entry.listed.status !== "subscribed") {
      answer.media.close();
      invite.reject(603);
      return true;
    }
    this.#requests.settled(id);
    this.#close(id);
    const dialog = invite.accept(
      { contentType: "application/sdp", content: answer.sdp },
      {},
      {
        acknowledged: () => answer.begin(),
        reinvited: () => ({ status: 200, body: { contentType: "application/sdp", content: answer.sdp } }),
        ended: () => this.#close(id),
      },
    );
    this.#sessions.set(id, { dialog, media: answer.media });
    this.#set(id, { listed: { ...entry.listed, status: "subscribed" }, wish: { kind: "none" } });
    return true;
  }

  /** An item arrived: the channel's last-item time changed. */
  refresh(): void {
    this.#tell([]);
  }

  #close(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    session?.dialog.bye();
    session?.media.close();
  }

  #get(id: string): ChannelEntry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new InletError("INLET_CHANNEL_UNKNOWN");
    return entry;
  }

  #set(id: string, entry: ChannelEntry): void {
    this.#entries.set(id, entry);
    this.#tell([]);
  }

  /** Unless it has been answered otherwise meanwhile. */
  #refuse(id: string, why: Reason): void {
    const entry = this.#entries.get(id);
    if (entry?.wish.kind === "requested") this.#set(id, { ...entry, wish: { kind: "refused", reason: why } });
  }

  #notified(request: SipRequest): Promise<void> | void {
    const type = headerValue(request, "content-type") ?? "";
    if (bareMediaType(type) !== CHANNEL_LIST_TYPE) return this.#environment.content(request);
    const applied = applyChannelList(this.#list, parseChannelList(request.body));
    if (applied === "stale") return;
    if (applied === "gap") {
      // A new subscription brings the full list (RFC 6665 §4.4.1 state is per subscription).
      this.#environment.log("info", "dcd.channels.gap");
      queueMicrotask(() => {
        if (this.#subscription === undefined) return;
        this.suspend();
        this.start();
      });
      return;
    }
    this.#list = applied.state;
    const { channels } = applied.state;
    const removed = [...this.#entries.keys()].filter((id) => !channels.has(id));
    for (const id of removed) this.#entries.delete(id);
    for (const [id, channel] of channels) {
      this.#entries.set(id, listed(this.#entries.get(id), channel));
      if (channel.status === "subscribed") this.#requests.settled(id);
    }
    this.#tell(removed);
  }

  #tell(removed: readonly string[]): void {
    const { account, lastItemAt, changed } = this.#environment;
    const views = new Map(
      [...this.#entries].map(([id, entry]) => [channelKey(account, id), channelView(entry, account, lastItemAt(id))]),
    );
    changed(
      views,
      removed.map((id) => channelKey(account, id)),
    );
  }
}

const ofSomeChannel = (request: SipRequest): boolean =>
  contactPredicates(request, "accept-contact").some(({ features }) => features.has(CHANNEL_TAG));

const sameAddress = (uri: string, address: string): boolean =>
  readable(() => addressOfRecord(parseSipUri(uri))) === address;
