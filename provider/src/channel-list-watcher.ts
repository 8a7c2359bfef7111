/**
 * One person's subscription to their list of channels (docs/channels.md): the whole list first and after each refresh,
 * then what has changed, each version one more than the last, at most one NOTIFY in five seconds.
 */
import { type Clock, millis } from "@inlet/agent-core/kernel";
import { type Body, type IncomingRequest, Notifier, type UserAgent } from "@inlet/agent-core/sip";
import { CHANNEL_LIST_TYPE, type Channel, formatChannelList } from "@inlet/agent-core/wire";

export interface ChannelListWatcherOptions {
  readonly userAgent: UserAgent;
  readonly subscribe: IncomingRequest;
  readonly aor: string;
  readonly clock: Clock;
  /** The list as it is now, by id. */
  channels(): ReadonlyMap<string, Channel>;
  ended(): void;
}

export const NOTIFY_EVERY = 5_000;
const LONGEST = 3600;

export class ChannelListWatcher {
  readonly #options: ChannelListWatcherOptions;
  readonly #notifier: Notifier;
  readonly #changed = new Set<string>();
  #version = 0;
  #notifiedAt = Number.NEGATIVE_INFINITY;
  #due: Disposable | undefined;

  constructor(options: ChannelListWatcherOptions) {
    this.#options = options;
    const { userAgent, subscribe, clock, ended } = options;
    this.#notifier = new Notifier(userAgent, subscribe, {
      event: "dcd-channels",
      maxExpires: LONGEST,
      clock,
      current: () => this.#current(),
      ended: () => {
        this.#due?.[Symbol.dispose]();
        ended();
      },
    });
  }

  /** The channel stands differently in the list. */
  changed(id: string): void {
    this.#changed.add(id);
    if (this.#due !== undefined) return;
    const { clock } = this.#options;
    const wait = Math.max(0, this.#notifiedAt + NOTIFY_EVERY - clock.elapsed());
    this.#due = clock.after(millis(wait), () => {
      this.#due = undefined;
      if (this.#changed.size > 0) this.#notifier.notify();
    });
  }

  stop(): void {
    this.#due?.[Symbol.dispose]();
    this.#notifier.terminate("deactivated");
  }

  /** A refresh with nothing new to say gets the whole list (RFC 6665 §4.2.1.2). */
  #current(): Body {
    const { aor, clock } = this.#options;
    const all = this.#options.channels();
    const changed = [...this.#changed].flatMap((id) => all.get(id) ?? []);
    this.#changed.clear();
    this.#notifiedAt = clock.elapsed();
    this.#version++;
    const partial = changed.length > 0 && this.#version > 1;
    const list = formatChannelList({
      version: this.#version,
      state: partial ? "partial" : "full",
      aor,
      channels: partial ? changed : [...all.values()],
    });
    return { contentType: CHANNEL_LIST_TYPE, content: Buffer.from(list).toString("utf8") };
  }
}
