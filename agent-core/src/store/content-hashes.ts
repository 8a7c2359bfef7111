/**
 * The hashes of a file being received: the one its offer states, which decides, and SHA-1 and SHA-256, which Inlet keeps.
 * The one that decides is taken from the bytes as they come in order, whatever their speed. The others are too while that
 * costs little: at the beginning, and as long as the sender is not faster than a network. Otherwise they are left behind
 * and read back from the file once it is kept: hashing is what limits a fast transfer, and each hash has its price.
 *
 * What came out of order is read back at the end; if bytes already hashed were overwritten, all of it is, unless the sender
 * began again from the first.
 */
import { createHash, type Hash } from "node:crypto";

/** Algorithms a sender may offer (names of RFC 4572 §5 in lower case), strongest first. MD5 and MD2 prove nothing. */
const STRONGEST_FIRST = ["sha-512", "sha-384", "sha-256", "sha-224", "sha-1"] as const;
export type HashAlgorithm = (typeof STRONGEST_FIRST)[number];

/** The hash that decides: the strongest that Inlet can compute, as lower-case hex. None: nothing can be verified. */
export function strongestHash(
  offered: Readonly<Record<string, string>>,
): { readonly algorithm: HashAlgorithm; readonly hex: string } | undefined {
  for (const algorithm of STRONGEST_FIRST) {
    if (!Object.hasOwn(offered, algorithm)) continue;
    return { algorithm, hex: (offered[algorithm] ?? "").replaceAll(":", "").toLowerCase() };
  }
  return undefined;
}

/** The strongest hash that both state is the same. Two statements that have none in common are never of one file. */
export function sameContent(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const common = STRONGEST_FIRST.find((algorithm) => Object.hasOwn(a, algorithm) && Object.hasOwn(b, algorithm));
  if (common === undefined) return false;
  return strongestHash({ [common]: a[common] ?? "" })?.hex === strongestHash({ [common]: b[common] ?? "" })?.hex;
}

/** Reads octets at a position, some at least; none only at the end of the file. */
export type ReadAt = (position: number) => Promise<Uint8Array>;

/** Up to here all hashes are taken at once: reading back would save nothing. */
const AT_ONCE = 4 * 1024 * 1024;
/** Octets a second, about 800 Mbit/s: up to here a second hash takes a tenth of one core at most. */
const SLOW = 100_000_000;
/** How often the speed is looked at, in octets. */
const LOOK_EVERY = 4 * 1024 * 1024;

/** What Inlet keeps of every file. */
const KEPT = ["sha-1", "sha-256"] as const;

/** Lower-case hex. */
export interface KeptHashes {
  readonly sha1?: string;
  readonly sha256?: string;
}

class RunningHash {
  readonly algorithm: HashAlgorithm;
  #hash: Hash;
  /** Octets from the beginning that are hashed. */
  #hashed = 0;
  #stale = false;

  constructor(algorithm: HashAlgorithm) {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm.replace("-", ""));
  }

  /** Octets from the beginning that it holds for; 0 when some of them were replaced. */
  get octets(): number {
    return this.#stale ? 0 : this.#hashed;
  }

  /** Lower-case hex over `octets`. */
  get digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** The file ends after `octets` for now. */
  cut(octets: number): void {
    if (this.#hashed > octets) this.#stale = true;
  }

  /** How much of a file of `extent` octets is still to be read for it. */
  missing(extent: number): number {
    return this.#stale ? extent : extent - this.#hashed;
  }

  /** `take` false: only looks whether the bytes replace what is hashed. */
  add(position: number, bytes: Uint8Array, take: boolean): void {
    if (position === 0 && bytes.length > 0) this.#restart();
    else if (position < this.#hashed) this.#stale = true;
    if (!take || this.#stale || position !== this.#hashed) return;
    this.#hash.update(bytes);
    this.#hashed += bytes.length;
  }

  #restart(): void {
    if (this.#hashed > 0) this.#hash = createHash(this.algorithm.replace("-", ""));
    this.#hashed = 0;
    this.#stale = false;
  }

  /** Hex over the first `extent` octets; undefined when the file is shorter. Can be tried again. */
  async complete(read: ReadAt, extent: number): Promise<string | undefined> {
    if (this.#stale) this.#restart();
    while (this.#hashed < extent) {
      const slice = (await read(this.#hashed)).subarray(0, extent - this.#hashed);
      if (slice.length === 0) return undefined;
      this.#hash.update(slice);
      this.#hashed += slice.length;
    }
    return this.#hash.copy().digest("hex");
  }
}

export class ContentHashes {
  readonly #running: RunningHash[];
  readonly #elapsed: () => number;
  #started: number | undefined;
  #taken = 0;
  #lookAt = AT_ONCE;
  /** The others are taken along. */
  #along = true;

  /** `expected`: the algorithm that will be asked for. `elapsed`: milliseconds, monotonic. */
  constructor(expected: HashAlgorithm | undefined, elapsed: () => number) {
    const first = expected ?? "sha-256";
    this.#running = [first, ...KEPT.filter((kept) => kept !== first)].map((algorithm) => new RunningHash(algorithm));
    this.#elapsed = elapsed;
  }

  /** Bytes as they are written. */
  add(position: number, bytes: Uint8Array): void {
    this.#started ??= this.#elapsed();
    this.#taken += bytes.length;
    if (this.#along && this.#taken > this.#lookAt) {
      this.#lookAt = this.#taken + LOOK_EVERY;
      this.#along = (this.#taken / Math.max(1, this.#elapsed() - this.#started)) * 1000 < SLOW;
    }
    let take = true;
    for (const hash of this.#running) {
      hash.add(position, bytes, take);
      take = this.#along;
    }
  }

  /** Octets from the beginning over which the hash that decides was taken; 0 when some of them were replaced. */
  get octets(): number {
    return this.#running[0]?.octets ?? 0;
  }

  /** That hash over just these octets, as lower-case hex. */
  get digest(): string {
    return this.#running[0]?.digest ?? "";
  }

  /** What lies behind `octets` is gone; hashes that held it are taken anew at the end. */
  cut(octets: number): void {
    for (const hash of this.#running) hash.cut(octets);
  }

  /** Hex over the first `extent` octets: the hash that decides. undefined when the file is shorter. */
  async complete(read: ReadAt, extent: number, asked: HashAlgorithm = "sha-256"): Promise<string | undefined> {
    let hash = this.#running.find(({ algorithm }) => algorithm === asked);
    if (hash === undefined) {
      hash = new RunningHash(asked);
      this.#running.push(hash);
    }
    return hash.complete(read, extent);
  }

  /** SHA-1 and SHA-256, if nearly nothing has to be read for them; `all`: those too for which much has. */
  async kept(read: ReadAt, extent: number, all: boolean): Promise<KeptHashes> {
    const found: { sha1?: string; sha256?: string } = {};
    for (const hash of this.#running) {
      if (hash.algorithm !== "sha-1" && hash.algorithm !== "sha-256") continue;
      if (!all && hash.missing(extent) > AT_ONCE) continue;
      const hex = await hash.complete(read, extent);
      if (hex !== undefined) found[hash.algorithm === "sha-1" ? "sha1" : "sha256"] = hex;
    }
    return found;
  }
}
