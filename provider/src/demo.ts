/**
 * The demo's provider: one user, a few channels, a greeting and an offer when the user comes for the first time, and
 * items from a channel as soon as it is subscribed. On loopback, with a password that lives as long as it does.
 */
import { type Clock, InletError, type Log, millis, randomToken, systemClock } from "@inlet/agent-core/kernel";
import { DEMO_CHANNELS, type DemoChannel, demoFile, WELCOME, welcomeFiles } from "./demo-content.ts";
import { type Provider, startProvider } from "./provider.ts";

export interface DemoProviderOptions {
  /** Folder with the demo's content. */
  readonly assetsDir: string;
  readonly host: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface DemoProvider {
  readonly registrar: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

const DOMAIN = "inlet.example";
const USER = "demo";
const FROM = { uri: `sip:welcome@${DOMAIN}`, displayName: "Inlet demo" };
const GREET_AFTER = 300;
const OFFER_AFTER = 2_000;
const PUSH_AFTER = 1_500;
const PUSH_EVERY = 60_000;

/** Fails as startProvider does. */
export const startDemoProvider = (options: DemoProviderOptions): Promise<DemoProvider> => new Demo(options).start();

class Demo {
  readonly #options: DemoProviderOptions;
  readonly #clock: Clock;
  readonly #password = randomToken(128);
  readonly #stopping = new AbortController();
  readonly #timers = new Set<Disposable>();
  readonly #running = new Set<Promise<void>>();
  /** Channel and address → place of the next push; bounded by what the channel has. */
  readonly #next = new Map<string, number>();
  /** Channel and address whose next push is due or under way. */
  readonly #busy = new Set<string>();
  #provider: Provider | undefined;
  #greeted = false;

  constructor(options: DemoProviderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<DemoProvider> {
    const { host, log } = this.#options;
    const provider = await startProvider({
      listen: { host, port: 0 },
      domain: DOMAIN,
      users: [{ name: USER, password: this.#password }],
      channels: DEMO_CHANNELS,
      log,
      clock: this.#clock,
      registered: (aor) => this.#greet(aor),
      subscribed: (aor, id) => this.#subscribed(aor, id),
    });
    this.#provider = provider;
    const { registrar, domain } = provider;
    return { registrar, domain, user: USER, password: this.#password, stop: () => this.stop() };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    await Promise.all(this.#running);
    await this.#provider?.stop();
  }

  #greet(aor: string): void {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#after(GREET_AFTER, async (provider) => {
      await provider.message({ to: aor, from: FROM, ...WELCOME });
    });
    this.#after(OFFER_AFTER, async (provider, signal) => {
      const files = welcomeFiles(this.#options.assetsDir);
      await provider.push({ to: aor, from: FROM, subject: "Three files to try", files, signal });
    });
  }

  #subscribed(aor: string, id: string): void {
    const channel = DEMO_CHANNELS.find((candidate) => candidate.id === id);
    if (channel === undefined) return;
    const key = `${id} ${aor}`;
    // Who has had everything and subscribes again begins anew.
    if ((this.#next.get(key) ?? 0) >= channel.pushes.length) this.#next.delete(key);
    this.#pushNext(aor, channel, PUSH_AFTER);
  }

  /** The next item now, one more each minute, until the channel has no more or is left. */
  #pushNext(aor: string, channel: DemoChannel, delay: number): void {
    const key = `${channel.id} ${aor}`;
    const place = this.#next.get(key) ?? 0;
    const files = channel.pushes[place];
    if (files === undefined || this.#busy.has(key)) return;
    this.#busy.add(key);
    this.#after(delay, async (provider, signal) => {
      try {
        const content = files.map((file) => demoFile(this.#options.assetsDir, file));
        const [sent] = await provider.publish(channel.id, content, signal);
        if (sent === undefined) return;
        this.#next.set(key, place + 1);
      } finally {
        this.#busy.delete(key);
      }
      this.#pushNext(aor, channel, PUSH_EVERY);
    });
  }

  #after(delay: number, run: (provider: Provider, signal: AbortSignal) => Promise<void>): void {
    const timer = this.#clock.after(millis(delay), () => {
      this.#timers.delete(timer);
      const provider = this.#provider;
      if (provider === undefined || this.#stopping.signal.aborted) return;
      const work = run(provider, this.#stopping.signal)
        .catch((error: unknown) => {
          // A file that is missing or a user who left costs that push, not the demo.
          const known = error instanceof InletError;
          this.#options.log(
            "warn",
            "demo.push.failed",
            known ? { code: error.code, detail: error.detail } : { error: `${error}` },
          );
        })
        .finally(() => this.#running.delete(work));
      this.#running.add(work);
    });
    this.#timers.add(timer);
  }
}
