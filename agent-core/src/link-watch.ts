/**
 * Notices by itself what the system tells nobody without a native part: that the computer's network came, went or changed
 * (its addresses, looked at every two seconds), and that it slept (a clock is far ahead of where it should be). A clock set
 * by hand looks like sleep; one more refresh is all that follows. One set back is not noticed, and matters to nobody.
 */
import { networkInterfaces } from "node:os";
import { type Clock, millis } from "./kernel/index.ts";

const EVERY = 2_000;
/** Later than this is not a busy computer, but one that slept. */
const SLEPT = 10_000;

export interface LinkWatchOptions {
  readonly clock: Clock;
  /** Addresses, with those of the computer's own loopback apart. Default: the system's. */
  readonly addresses?: () => Addresses;
  changed(link: "up" | "down", holds: (address: string) => boolean): void;
  resumed(): void;
}

export interface Addresses {
  readonly outer: readonly string[];
  readonly loopback: readonly string[];
}

export class LinkWatch implements Disposable {
  readonly #options: LinkWatchOptions;
  readonly #addresses: () => Addresses;
  #known: string;
  #now: number;
  #elapsed: number;
  #timer: Disposable | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
    this.#addresses = options.addresses ?? systemAddresses;
    this.#known = fingerprint(this.#addresses());
    this.#now = options.clock.now();
    this.#elapsed = options.clock.elapsed();
    this.#wait();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(millis(EVERY), () => {
      this.#wait();
      this.#look();
    });
  }

  #look(): void {
    const { clock, changed, resumed } = this.#options;
    // Whether the monotonic clock goes on in sleep differs between systems; the wall clock does on all.
    const slept = clock.now() - this.#now > EVERY + SLEPT || clock.elapsed() - this.#elapsed > EVERY + SLEPT;
    this.#now = clock.now();
    this.#elapsed = clock.elapsed();
    const addresses = this.#addresses();
    const known = fingerprint(addresses);
    const moved = known !== this.#known;
    this.#known = known;
    const holds = (address: string): boolean =>
      [...addresses.outer, ...addresses.loopback].includes(address.replace(/^::ffff:/, ""));
    // A change says more than sleep: which addresses are still ours.
    if (moved) changed(addresses.outer.length > 0 ? "up" : "down", holds);
    else if (slept) resumed();
  }
}

const fingerprint = ({ outer }: Addresses): string => [...outer].sort().join(" ");

function systemAddresses(): Addresses {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // Link-local ones come and go with every virtual interface, and lead to no core.
  const outer = all.filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address));
  const text = ({ address }: { address: string }): string => address;
  return { outer: outer.map(text), loopback: all.filter(({ internal }) => internal).map(text) };
}
