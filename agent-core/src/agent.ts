/**
 * The facade: one object, started and stopped, that implements the contract. It does not know which host carries it.
 */
import { z } from "zod";
import { Account, type AccountOptions } from "./account/index.ts";
import { changeSettings, readSettings } from "./agent-settings.ts";
import { type AgentListener, StateHolder } from "./agent-state.ts";
import { type CommandHandlers, execute } from "./commands.ts";
import type { AcceptMode, AgentEvent, AgentState, Item, OfferRecord } from "./contract/index.ts";
import { Channels } from "./dcd/index.ts";
import { isPublicAddress } from "./http/index.ts";
import { tellIncidents } from "./incidents.ts";
import { type ItemContent, itemContent } from "./item-content.ts";
import { type Clock, InletError, LIMITS, type Log, millis, newUuid, silentLog, systemClock } from "./kernel/index.ts";
import { LinkWatch } from "./link-watch.ts";
import { keptIdentity, type ListenOptions, MsrpListener, RelayClient, type RelayView } from "./msrp/index.ts";
import {
  discardAside,
  keepAside,
  Notes,
  Offers,
  type PushEnvironment,
  Receipts,
  Rules,
  receiveContent,
  receiveMessage,
  rehearse,
  SenderRate,
  tidily,
  withAside,
  withRule,
} from "./push/index.ts";
import { makeFolder, Store, settleNames, sweepParts } from "./store/index.ts";
import { Trace } from "./trace/index.ts";
import { parseSipUri } from "./wire/sip/index.ts";

export type { AccountOptions } from "./account/index.ts";
export type { AgentListener } from "./agent-state.ts";
export type { ItemContent } from "./item-content.ts";

export interface AgentOptions {
  /** Holds the database. Created if absent. */
  readonly dataDir: string;
  /** Where finished files go. Created if absent. */
  readonly folder: string;
  readonly accounts: readonly AccountOptions[];
  /**
   * Address of the MSRP listener; port 0 takes a free one. Default 127.0.0.1:0. Encrypted transfers show `identity`, by
   * default a self-signed certificate of this data folder. With `ca` (PEM), peers that name no fingerprint need a certificate
   * that it vouches for; without, they are told apart as proven by the system's authorities, or not.
   */
  readonly msrp?: Partial<Pick<ListenOptions, "host" | "port" | "identity" | "ca">>;
  /** What links lead to, for tests and for who serves them on their own network: addresses there, an authority, names. */
  readonly links?: {
    /** Default: addresses of the open internet. */
    readonly reach?: (address: string) => boolean;
    readonly ca?: string;
    readonly resolve?: (host: string) => Promise<readonly string[]>;
  };
  /** Types of content that are taken (`image/png`, `image/*`). Default: all; offers of nothing else are refused. */
  readonly acceptTypes?: readonly string[];
  /** Overrides the stored setting. */
  readonly accept?: AcceptMode;
  readonly log?: Log;
  readonly clock?: Clock;
}

export interface Agent {
  readonly state: AgentState;
  /** Every event and every change of state, as they happen. */
  subscribe(listener: AgentListener): Disposable;
  /** Runs a command of the contract. Parameters are validated here; fails with an InletError. */
  execute(command: string, params: unknown): Promise<unknown>;
  /** Fails with INLET_ITEM_UNKNOWN or INLET_ITEM_CONTENT_GONE. */
  content(item: string): Promise<ItemContent>;
  /** Unregisters, ends sessions and transfers, closes everything. At most 5 s; a second call is the same stop. */
  stop(): Promise<void>;
  /** Settles when the agent has stopped, by `stop` or by the command `quit`. */
  readonly stopped: Promise<void>;
}

/** An agent whose host can hear of the system's sleep. Without it the agent notices by itself, after it has woken. */
export interface StartedAgent extends Agent {
  suspended(): void;
  resumed(): void;
}

const USER_AGENT = "Inlet/0.1";
const UNDO_TIME = 600_000;
const PURGE_EVERY = 60_000;
const DAY = 24 * 3_600_000;

/**
 * Opens the store, the MSRP listener and the accounts. Fails with INLET_STORE_*, INLET_DISK_*, INLET_MSRP_CONNECTION_FAILED,
 * INLET_SIP_URI, INLET_SIP_TRANSPORT_UNSUPPORTED; nothing is then left open. Events begin after the caller's turn, so that a
 * listener subscribed at once misses none.
 */
export async function startAgent(options: AgentOptions): Promise<StartedAgent> {
  const clock = options.clock ?? systemClock;
  let tell: (event: AgentEvent) => void = () => undefined;
  const log = tellIncidents(options.log ?? silentLog, clock, (event) => tell(event));
  const store = Store.open(options.dataDir, { clock, log });
  try {
    makeFolder(options.folder);
    settleNames(options.folder, (path, size) => store.hasFile(path, size));
    store.partials.sweep();
    store.quarantine.sweep();
    sweepParts(options.folder, store.partials.idsIn(options.folder));
    store.closeInterrupted();
    const trace = new Trace(options.dataDir, { clock, log });
    const msrp = await MsrpListener.listen({
      host: "127.0.0.1",
      port: 0,
      ...options.msrp,
      identity: options.msrp?.identity ?? keptIdentity(options.dataDir, clock.now()),
      clock,
      log,
      trace: trace.sink(),
    });
    try {
      const agent = new RunningAgent(options, store, msrp, trace, clock, log);
      tell = agent.publish;
      return agent;
    } catch (error) {
      await msrp.close();
      throw error;
    }
  } catch (error) {
    store.close();
    throw error;
  }
}

interface RunningAccount {
  readonly account: Account;
  readonly channels: Channels;
  readonly behindNat: boolean;
  readonly relay: RelayClient | undefined;
}

class RunningAgent implements StartedAgent {
  readonly stopped: Promise<void>;
  readonly #store: Store;
  readonly #msrp: MsrpListener;
  readonly #trace: Trace;
  readonly #clock: Clock;
  readonly #holder: StateHolder;
  readonly #environment: PushEnvironment;
  readonly #notes: Notes;
  readonly #offers: Offers;
  readonly #receipts: Receipts;
  readonly #rules: Rules;
  readonly #accounts = new Map<string, RunningAccount>();
  readonly #resolveStopped: () => void;
  readonly #link: LinkWatch;
  #purge: Disposable | undefined;
  #counting = false;
  #stopping: Promise<void> | undefined;

  constructor(options: AgentOptions, store: Store, msrp: MsrpListener, trace: Trace, clock: Clock, log: Log) {
    this.#store = store;
    this.#msrp = msrp;
    this.#trace = trace;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
    if (options.accept !== undefined) store.setSetting("accept", options.accept);
    this.#rules = new Rules(store);
    const rules = [...this.#rules.list];
    const settings = readSettings(store, options.folder);
    this.#holder = new StateHolder(
      { accounts: {}, offers: {}, transfers: {}, channels: {}, settings, rules, counters: store.counters() },
      log,
    );
    const { publish, patch } = this.#holder;
    this.#receipts = new Receipts({
      store,
      log,
      mode: () => this.#holder.state.settings.receipts,
      now: () => clock.now(),
      send: async (account, to, body) => {
        const { userAgent } = this.#account(account).account;
        return (await userAgent.request({ method: "MESSAGE", uri: to, to, body })).status;
      },
    });
    const notes = new Notes({ clock, log });
    this.#notes = notes;
    const environment: PushEnvironment = {
      notes,
      receipts: this.#receipts,
      rate: new SenderRate(this.#clock),
      clock,
      log,
      store,
      msrp,
      folder: options.folder,
      takenTypes: options.acceptTypes,
      acceptMode: () => this.#holder.state.settings.accept,
      reach: (id) => {
        const running = this.#accounts.get(id);
        return { behindNat: running?.behindNat === true, relay: running?.relay?.link, host: this.#hostOf(id) };
      },
      heldMode: () => this.#holder.state.settings.held,
      rules: () => this.#rules.list,
      quotas: () => this.#holder.state.settings,
      links: {
        policy: () => ({
          plain: this.#holder.state.settings.plainLinks,
          reach: options.links?.reach ?? isPublicAddress,
          ca: options.links?.ca,
        }),
        resolve: options.links?.resolve,
      },
      channelOf: (account, request) => this.#accounts.get(account)?.channels.channelOf(request),
      publish,
      patch,
      addItem: async (item) => {
        const added = await store.addItemSoon(item);
        this.#tellItem(added);
        return added;
      },
      recordItem: (item, offerFile) => {
        notes.flush();
        store.addItem(item, { offerFile });
      },
      tellItem: (id, hashes) =>
        notes.write(() => {
          if (hashes !== undefined) store.setItemHashes(id, hashes);
          // The person may have deleted it meanwhile.
          const item = store.findItem(id);
          if (item !== undefined) this.#tellItem(item);
        }),
    };
    this.#environment = environment;
    this.#offers = new Offers(environment);
    for (const account of options.accounts) this.#addAccount(account, environment);
    this.#schedulePurge();
    this.#link = new LinkWatch({
      clock,
      changed: (link, holds) =>
        this.#each(({ account, relay }) => {
          account.linkChanged(link, holds);
          if (link === "up") relay?.awake();
        }),
      resumed: () => this.resumed(),
    });
    setImmediate(() => {
      if (this.#stopping !== undefined) return;
      publish({ event: "ready", msrp: `${msrp.host}:${msrp.port}` });
      const { salvaged } = store;
      if (salvaged !== undefined) {
        const detail = `${salvaged.rows} rows; ${salvaged.aside}`;
        log("warn", "store.salvaged", { code: "INLET_STORE_SALVAGED", detail });
      }
      tidily(log, () => this.#offers.reopen());
      for (const { account, relay } of this.#accounts.values()) {
        account.start();
        relay?.retry();
      }
    });
  }

  get state(): AgentState {
    return this.#holder.state;
  }

  readonly publish = (event: AgentEvent): void => this.#holder.publish(event);

  subscribe(listener: AgentListener): Disposable {
    return this.#holder.subscribe(listener);
  }

  async execute(command: string, params: unknown): Promise<unknown> {
    if (this.#stopping !== undefined && command !== "quit") throw new InletError("INLET_STOPPING");
    return execute(this.#commands, command, params);
  }

  async content(item: string): Promise<ItemContent> {
    return itemContent(this.#store, item);
  }

  suspended(): void {
    this.#each(({ account }) => account.suspended());
  }

  resumed(): void {
    this.#each(({ account, relay }) => {
      account.resumed();
      relay?.awake();
    });
  }

  #each(tell: (running: RunningAccount) => void): void {
    for (const running of this.#accounts.values()) tell(running);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** What a SIM has taken stays taken over a restart (TS 33.102 §6.3.3): an old challenge is never new again. */
  #withSequence(options: AccountOptions): AccountOptions {
    if (options.aka === undefined) return options;
    const key = `sqn ${options.aor}`;
    const stored = z.string().safeParse(this.#store.getSetting(key)).data ?? "";
    const given = options.aka.sqn ?? "000000000000";
    const sqn = stored > given.toLowerCase() ? stored : given;
    return { ...options, aka: { ...options.aka, sqn, taken: (taken) => this.#store.setSetting(key, taken) } };
  }

  #addAccount(options: AccountOptions, environment: PushEnvironment): void {
    const { publish, patch } = this.#holder;
    const { clock, log, msrp } = environment;
    let last = "";
    const account: Account = new Account(this.#withSequence(options), {
      clock,
      log,
      trace: (id) => this.#trace.sink(id),
      userAgent: USER_AGENT,
      instance: this.#instance(),
      handlers: {
        invite: (invite) => {
          if (!channels.invited(invite)) this.#offers.receive(account.id, invite);
        },
        requests: { MESSAGE: (request) => receiveMessage(environment, this.#offers, account.id, request) },
      },
      changed: (view) => {
        // A merge patch adds to what is there; members that no longer hold are taken out first.
        const gone = { expiresAt: null, identities: null, reason: null, retryAt: null };
        patch({ accounts: { [account.id]: { ...gone, ...view } } });
        const { state, expiresAt, reason } = view;
        const event: AgentEvent = {
          event: "registration",
          account: account.id,
          state,
          ...(expiresAt !== undefined && { expiresAt }),
          ...(reason !== undefined && { reason }),
        };
        // Steps that look alike from outside (connecting, then registering) are one event.
        const told = JSON.stringify(event);
        if (told !== last) publish(event);
        last = told;
      },
      registered: () => {
        if (options.channels !== false) channels.start();
      },
      unregistered: () => channels.suspend(),
    });
    const channels: Channels = new Channels({
      clock,
      log,
      msrp,
      host: () => this.#hostOf(account.id),
      account: account.id,
      userAgent: account.userAgent,
      lastItemAt: (channel) => tidily(log, () => this.#store.lastItemAt(account.id, channel)),
      content: (request) => receiveContent(environment, this.#offers, account.id, request),
      changed: (views, removed) => {
        patch({ channels: { ...Object.fromEntries(removed.map((key) => [key, null])), ...Object.fromEntries(views) } });
        const list = [...views.values()].map(({ id, name, status }) => ({ id, name, status }));
        publish({ event: "channels", account: account.id, channels: list });
      },
    });
    const relay = this.#relay(options, account.id, environment);
    this.#accounts.set(account.id, { account, channels, behindNat: options.behindNat === true, relay });
    patch({ accounts: { [account.id]: account.view } });
  }

  /** Where senders find us, as an account's core knows us; undefined where the listener has an address of its own. */
  #hostOf(id: string): string | undefined {
    return this.#msrp.anywhere ? this.#accounts.get(id)?.account.localAddress : undefined;
  }

  #relay(options: AccountOptions, id: string, environment: PushEnvironment): RelayClient | undefined {
    const { msrpRelay, aor, user = parseSipUri(aor).user ?? "", password = "" } = options;
    if (msrpRelay === undefined) return undefined;
    const { msrp: endpoint, clock, log, patch } = environment;
    const changed = ({ state, reason, retryIn }: RelayView): void => {
      const retryAt = retryIn === undefined ? null : new Date(clock.now() + retryIn).toISOString();
      patch({ accounts: { [id]: { relay: { state, reason: reason ?? null, retryAt } } } });
      this.publish({ event: "relay", account: id, state, ...(reason !== undefined && { reason }) });
    };
    return new RelayClient({ user, password, ...msrpRelay }, { endpoint, clock, log, changed });
  }

  readonly #commands: CommandHandlers = {
    "offers.decide": ({ offer, accept }) => {
      this.#offers.decide(offer, accept);
      return {};
    },
    "offers.icon": ({ offer, index }) => {
      const { type, bytes } = this.#offers.icon(offer, index);
      return { type, base64: Buffer.from(bytes).toString("base64") };
    },
    "offers.list": (page) => {
      const { offers, ...next } = this.#store.listOffers(page);
      return { offers: offers.map((record) => withAside(this.#environment, record)), ...next };
    },
    "offers.keepAside": ({ offer, index }) => keepAside(this.#environment, offer, index),
    "offers.discardAside": ({ offer, index }) => {
      discardAside(this.#environment, offer, index);
      return {};
    },
    "transfers.cancel": ({ offer, index }) => {
      this.#offers.cancelTransfer(offer, index);
      return {};
    },
    "channels.subscribe": async ({ account, channel }) => {
      await this.#account(account).channels.subscribe(channel);
      return {};
    },
    "channels.unsubscribe": async ({ account, channel }) => {
      await this.#account(account).channels.unsubscribe(channel);
      return {};
    },
    "items.list": (query) => this.#store.listItems(query),
    "items.get": ({ id }) => this.#store.getItem(id),
    "items.markRead": ({ ids, read }) => {
      this.#store.markRead(ids, read);
      if (read) this.#receipts.displayed(ids);
      this.#count();
      return {};
    },
    "items.delete": ({ id }) => {
      this.#store.deleteItem(id);
      this.#count();
      return {};
    },
    "items.restore": ({ id }) => {
      this.#store.restoreItem(id);
      this.#count();
      return {};
    },
    "accounts.reconnect": ({ account }) => {
      const running = this.#account(account);
      running.account.reconnect();
      running.relay?.retry();
      return {};
    },
    "settings.set": (change) => {
      this.#holder.patch({ settings: changeSettings(this.#store, change) });
      return {};
    },
    "rules.save": ({ rule, at }) => {
      const id = this.#rules.save(rule, at);
      this.#holder.patch({ rules: this.#rules.list });
      return { id };
    },
    "rules.delete": ({ id }) => {
      this.#rules.delete(id);
      this.#holder.patch({ rules: this.#rules.list });
      return {};
    },
    "rules.rehearse": ({ rule: draft, at }) => {
      const rule = { ...draft, id: draft.id ?? "", enabled: true };
      const since = new Date(this.#clock.now() - LIMITS.rehearsalAge).toISOString();
      const rules = withRule(this.#rules.list, rule, at);
      return rehearse(rule, rules, this.state.settings.accept, this.#history(), since);
    },
    "trace.list": (query) => this.#trace.list(query),
    "trace.get": ({ id }) => this.#trace.get(id),
    quit: () => {
      // After the answer has gone out.
      setImmediate(() => void this.stop());
      return {};
    },
  };

  #account(id: string): RunningAccount {
    const found = this.#accounts.get(id);
    if (found === undefined) throw new InletError("INLET_ACCOUNT_UNKNOWN");
    return found;
  }

  /** Every offer, newest first, read as far as it is looked at. */
  *#history(): Generator<OfferRecord> {
    for (let before: string | undefined; ; ) {
      const page = this.#store.listOffers({ limit: LIMITS.page, before });
      yield* page.offers;
      if (page.next === undefined) return;
      before = page.next;
    }
  }

  /** `urn:uuid:` of this installation (RFC 5626 §4.1): the same after a restart. */
  #instance(): string {
    const stored = z.uuid().safeParse(this.#store.getSetting("instance"));
    if (stored.success) return `urn:uuid:${stored.data}`;
    const made = newUuid();
    this.#store.setSetting("instance", made);
    return `urn:uuid:${made}`;
  }

  #tellItem(item: Item): void {
    const { read: _, receivedAt: __, acceptedBy: ___, rule: ____, ...told } = item;
    this.#holder.publish({ event: "item", ...told });
    this.#countSoon();
    const { channel, account } = item;
    if (channel !== undefined) tidily(this.#environment.log, () => this.#accounts.get(account)?.channels.refresh());
  }

  /** Of items that are told in one turn, the counters are looked up once. */
  #countSoon(): void {
    if (this.#counting) return;
    this.#counting = true;
    queueMicrotask(() => {
      this.#counting = false;
      tidily(this.#environment.log, () => this.#count());
    });
  }

  #count(): void {
    const { counters } = this.state;
    const now = this.#store.counters();
    const gone = Object.fromEntries(Object.keys(counters.unreadByChannel).map((key) => [key, null]));
    this.#holder.patch({ counters: { ...now, unreadByChannel: { ...gone, ...now.unreadByChannel } } });
  }

  /** Files of deleted items go when their undo time is over. */
  #deleteOld(): void {
    const { keepDays } = this.#holder.state.settings;
    if (keepDays === undefined) return;
    const before = new Date(this.#clock.now() - keepDays * DAY).toISOString();
    if (this.#store.deleteOld(before) > 0) this.#count();
  }

  #schedulePurge(): void {
    this.#purge = this.#clock.after(millis(PURGE_EVERY), () => {
      const before = new Date(this.#clock.now() - UNDO_TIME).toISOString();
      const { log } = this.#environment;
      tidily(log, () => this.#deleteOld());
      tidily(log, () => this.#store.purgeDeleted(before));
      tidily(log, () => this.#store.partials.sweep());
      this.#schedulePurge();
    });
  }

  async #stop(): Promise<void> {
    this.#purge?.[Symbol.dispose]();
    this.#link[Symbol.dispose]();
    const running = [...this.#accounts.values()];
    const orderly = async (): Promise<void> => {
      await this.#offers.stop();
      await Promise.all(running.map(({ channels }) => channels.stop()));
      await Promise.all(running.map(({ account }) => account.stop()));
    };
    const late = Promise.withResolvers<void>();
    const deadline = this.#clock.after(millis(LIMITS.stop - 1000), late.resolve);
    await Promise.race([orderly(), late.promise]);
    deadline[Symbol.dispose]();
    for (const { account, channels, relay } of running) {
      relay?.[Symbol.dispose]();
      channels.dispose();
      account.dispose();
    }
    await this.#msrp.close();
    // Whoever waits for it hears of it before the store is closed.
    this.#store.commit();
    this.#notes[Symbol.dispose]();
    await this.#trace.close();
    this.#store.close();
    this.#resolveStopped();
  }
}
