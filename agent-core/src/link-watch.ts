/**
 * Notices by itself what the system tells nobody without a native part: that the computer's network came, went or changed
 * (its addresses, looked at every two seconds), and that it slept (a clock is far ahead of where it should be). A clock set
 * by hand looks like sleep; one more refresh is all that follows. One set back is not noticed, and matters to nobody.
 */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { type Clock, millis } from "./kernel/index.ts";

const EVERY = 2_000;
/** Later than this is not a busy computer, but one that slept. */
const SLEPT = 10_000;

export interface LinkWatchOptions {
  readonly clock: Clock;
  /** Addresses, with those of the computer's own loopback apart; undefined: not to be had now. Default: the system's. */
  readonly addresses?: () => Addresses | undefined;
  changed(link: "up" | "down", holds: (address: string) => boolean): void;
  resumed(): void;
}

export interface Addresses {
  readonly outer: readonly string[];
  readonly loopback: readonly string[];
}

export class LinkWatch implements Disposable {
  readonly #options: LinkWatchOptions;
  readonly #addresses: () => Addresses | undefined;
  #known: string | undefined;
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
    const known = fingerprint(addresses) ?? this.#known;
    const moved = this.#known !== undefined && known !== this.#known;
    this.#known = known;
    // A change says more than sleep: which addresses are still ours.
    if (moved && addresses !== undefined) {
      const ours = [...addresses.outer, ...addresses.loopback];
      changed(addresses.outer.length > 0 ? "up" : "down", (address) => ours.includes(address.replace(/^::ffff:/, "")));
    } else if (slept) resumed();
  }
}

const fingerprint = (addresses: Addresses | undefined): string | undefined => addresses?.outer.toSorted().join(" ");

function systemAddresses(): Addresses | undefined {
  const all = systemInterfaces();
  if (all === undefined) return undefined;
  // Link-local ones come and go with every virtual interface, and lead to no core.
  const outer = all.filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address));
  const text = ({ address }: { address: string }): string => address;
  return { outer: outer.map(text), loopback: all.filter(({ internal }) => internal).map(text) };
}

/** Asking takes a file descriptor, and there may be none left. */
function systemInterfaces(): NetworkInterfaceInfo[] | undefined {
  try {
    return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
