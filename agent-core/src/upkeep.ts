/** What goes on beside the person's doing: counters follow the items, what is deleted or too old goes when its time is over. */
import type { StateHolder } from "./agent-state.ts";
import { type Clock, type Log, millis } from "./kernel/index.ts";
import { tidily } from "./push/index.ts";
import type { Store } from "./store/index.ts";

/** The files of deleted items stay so long. */
const UNDO_TIME = 600_000;
const PURGE_EVERY = 60_000;
const DAY = 24 * 3_600_000;

export interface UpkeepOptions {
  readonly store: Store;
  readonly holder: StateHolder;
  readonly clock: Clock;
  readonly log: Log;
}

export class Upkeep implements Disposable {
  readonly #options: UpkeepOptions;
  #purge: Disposable | undefined;
  #counting = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Items changed. */
  count(): void {
    const { store, holder } = this.#options;
    const { counters } = holder.state;
    const now = store.counters();
    const gone = Object.fromEntries(Object.keys(counters.unreadByChannel).map((key) => [key, null]));
    holder.patch({ counters: { ...now, unreadByChannel: { ...gone, ...now.unreadByChannel } } });
  }

  /** Of items that are told in one turn, the counters are looked up once. */
  countSoon(): void {
    if (this.#counting) return;
    this.#counting = true;
    queueMicrotask(() => {
      this.#counting = false;
      tidily(this.#options.log, () => this.count());
    });
  }

  [Symbol.dispose](): void {
    this.#purge?.[Symbol.dispose]();
  }

  #schedule(): void {
    const { clock, log, store } = this.#options;
    this.#purge = clock.after(millis(PURGE_EVERY), () => {
      const before = new Date(clock.now() - UNDO_TIME).toISOString();
      tidily(log, () => this.#deleteOld());
      tidily(log, () => store.purgeDeleted(before));
      tidily(log, () => store.partials.sweep());
      this.#schedule();
    });
  }

  #deleteOld(): void {
    const { store, holder, clock } = this.#options;
    const { keepDays } = holder.state.settings;
    if (keepDays === undefined) return;
    const before = new Date(clock.now() - keepDays * DAY).toISOString();
    if (store.deleteOld(before) > 0) this.count();
  }
}
