import type { AgentOptions } from "./agent-options.ts";
import { readSettings } from "./agent-settings.ts";
import { type AgentListener, StateHolder } from "./agent-state.ts";
import { type CommandHandlers, execute } from "./commands.ts";
import type { AgentEvent, AgentState } from "./contract/index.ts";
import { FolderWatch } from "./folder-watch.ts";
import { handlersOf } from "./handlers.ts";
import { tellIncidents } from "./incidents.ts";
import { type ItemContent, itemContent } from "./item-content.ts";
import {
  type Clock,
  descriptorShare,
  hostPort,
  InletError,
  LIMITS,
  type Log,
  millis,
  silentLog,
  systemClock,
  type TraceSink,
} from "./kernel/index.ts";
import { LinkWatch } from "./link-watch.ts";
import { keptIdentity, type MsrpListener } from "./msrp/index.ts";
import { listenForMsrp, msrpHosts } from "./msrp-hosts.ts";
import { Notes, Offers, Rules, tidily } from "./push/index.ts";
import { pushEnvironment } from "./push-environment.ts";
import { RunningAccount } from "./running-account.ts";
import { Store, secretKey, settleNames, sweepParts } from "./store/index.ts";
import { Trace } from "./trace/index.ts";
import { Upkeep } from "./upkeep.ts";

export type { AccountOptions } from "./account/index.ts";
export type { AgentOptions } from "./agent-options.ts";
export type { AgentListener } from "./agent-state.ts";
export type { ItemContent } from "./item-content.ts";

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
    store.partials.sweep();
    store.quarantine.sweep();
    store.closeInterrupted();
    const trace = new Trace(options.dataDir, { clock, log });
    const secret = secretKey(options.dataDir, options.secretKey, log);
    const { host, ...listen } = options.msrp ?? {};
    const msrp = await listenForMsrp(host === undefined ? msrpHosts(options.accounts) : [host], {
      port: 0,
      connections: descriptorShare(),
      ...listen,
      identity: options.msrp?.identity ?? keptIdentity(options.dataDir, clock.now(), secret),
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

class RunningAgent implements StartedAgent {
  readonly stopped: Promise<void>;
  readonly #store: Store;
  readonly #msrp: MsrpListener;
  readonly #trace: Trace;
  readonly #clock: Clock;
  readonly #holder: StateHolder;
  readonly #notes: Notes;
  readonly #offers: Offers;
  readonly #upkeep: Upkeep;
  readonly #accounts = new Map<string, RunningAccount>();
  readonly #handlers: CommandHandlers;
  readonly #resolveStopped: () => void;
  readonly #link: LinkWatch;
  readonly #folder: FolderWatch;
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
    const rules = new Rules(store);
    const settings = readSettings(store, options.folder);
    const holder = new StateHolder(
      {
        ...{ accounts: {}, offers: {}, transfers: {}, channels: {}, settings },
        ...{ rules: [...rules.list], counters: store.counters() },
      },
      log,
    );
    this.#holder = holder;
    this.#upkeep = new Upkeep({ store, holder, clock, log });
    this.#notes = new Notes({ clock, log });
    this.#folder = new FolderWatch({
      ...{ clock, log, patch: holder.patch, publish: holder.publish, folder: store.receivingFolder(options.folder) },
      prepare: () => {
        const recorded = (path: string, size: number): boolean => store.hasFile(path, size);
        store.claims.settle(options.folder, recorded);
        settleNames(options.folder, recorded);
        sweepParts(options.folder, store.partials.idsIn(options.folder));
      },
    });
    const environment = pushEnvironment({
      ...{ options, store, msrp, trace, holder, rules, clock, log },
      ...{ notes: this.#notes, upkeep: this.#upkeep, accounts: this.#accounts },
      useFolder: () => this.#folder.use(),
    });
    this.#offers = new Offers(environment);
    for (const one of options.accounts) {
      const traced = (id: string): TraceSink => trace.sink(id);
      const running = new RunningAccount(one, { environment, offers: this.#offers, holder, trace: traced });
      this.#accounts.set(running.account.id, running);
    }
    this.#handlers = handlersOf({
      ...{ environment, rules, holder, trace, offers: this.#offers, accounts: this.#accounts, upkeep: this.#upkeep },
      stop: () => this.stop(),
    });
    this.#link = new LinkWatch({
      clock,
      changed: (link, holds) => this.#each((running) => running.linkChanged(link, holds)),
      resumed: () => this.resumed(),
    });
    setImmediate(() => this.#begin(log));
  }

  #begin(log: Log): void {
    if (this.#stopping !== undefined) return;
    this.publish({ event: "ready", msrp: hostPort(this.#msrp.host, this.#msrp.port) });
    const { salvaged } = this.#store;
    if (salvaged !== undefined) {
      const detail = `${salvaged.rows} rows; ${salvaged.aside}`;
      log("warn", "store.salvaged", { code: "INLET_STORE_SALVAGED", detail });
    }
    this.#folder.begin();
    void this.#lookThrough(log);
    tidily(log, () => this.#offers.reopen());
    this.#each((running) => running.start());
  }

  /** A damaged database is not worked with: the next start sets it aside and keeps what can be read. */
  async #lookThrough(log: Log): Promise<void> {
    const found = await this.#store.checkBehind();
    if (found === undefined || this.#stopping !== undefined) return;
    log("error", "store.damaged", {
      code: "INLET_STORE_CORRUPT",
      detail: `stopping; it is mended at the next start: ${found}`,
    });
    await this.stop();
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
    return execute(this.#handlers, command, params);
  }

  async content(item: string): Promise<ItemContent> {
    return itemContent(this.#store, item);
  }

  suspended(): void {
    this.#each((running) => running.suspended());
  }

  resumed(): void {
    this.#each((running) => running.resumed());
  }

  #each(tell: (running: RunningAccount) => void): void {
    for (const running of this.#accounts.values()) tell(running);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#upkeep[Symbol.dispose]();
    this.#link[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
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
    for (const one of running) one.dispose();
    await this.#msrp.close();
    // Whoever waits for it hears of it before the store is closed.
    this.#store.commit();
    this.#notes[Symbol.dispose]();
    await this.#trace.close();
    this.#store.close();
    this.#resolveStopped();
  }
}
