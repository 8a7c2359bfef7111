/**
 * One file being received: bytes in any order into a part beside the destination, then size, gaps and hash checked,
 * all of it flushed, and only then the name (RFC 5547 §8.3.1: a file whose hash differs is not the file offered).
 *
 *   receiving ── finish ──► finishing ──► placed
 *       ▲                    │   │
 *       └── disk failed ─────┘   └── mismatch, discarded ──► gone ◄── discard, keep ── receiving
 *
 * With a journal, `keep` leaves the part for a later transfer to go on with (`resume`), as a killed process does.
 */
import { closeSync, constants, fstatSync, fsync, ftruncateSync, openSync, read, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Clock, InletError, LIMITS, type SafeFileName, systemClock } from "../kernel/index.ts";
import { ContentHashes, type KeptHashes, strongestHash } from "./content-hashes.ts";
import { errnoOf, onDisk, toDiskError } from "./disk-error.ts";
import { markOrigin } from "./origin-mark.ts";
import { partFileName } from "./part-file.ts";
import type { PartJournal } from "./partials.ts";
import { type Part, place } from "./place.ts";
import { ReceivedRanges } from "./received-ranges.ts";
import { SNIFFED, sniff } from "./sniff.ts";

const readFile = promisify(read);
const fsyncFile = promisify(fsync);

/** Read-back goes in slices of this size, so that hashing a large file never holds up the event loop for long. */
const SLICE = 256 * 1024;

export interface LandingOptions {
  /** Must exist. */
  readonly folder: string;
  readonly name: SafeFileName;
  /** The receiver's own, unique among running transfers. */
  readonly id: string;
  /** The hashes offered, when they are known: the one that decides is then taken from the bytes as they come. */
  readonly hashes?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Makes the part outlive a transfer that breaks. */
  readonly journal?: PartJournal | undefined;
  readonly claims?: Part["claims"];
  /** What was offered, where that is known. */
  readonly size?: number | undefined;
  /** URI of the sender: the file is marked as come from there. */
  readonly from?: string | undefined;
  /** Takes content whose hash differs, from the path at which it lies whole. Without it such content is removed. */
  readonly aside?: ((path: string) => Promise<void>) | undefined;
}

/** What was offered. Hashes by lower-case algorithm name, as colon-separated hex. */
export interface Expected {
  readonly size?: number | undefined;
  readonly hashes: Readonly<Record<string, string>>;
}

/** One hash at least is there. */
export interface Landed extends KeptHashes {
  /** Where it lies: its name, or `name (2).ext` and so on when that was taken. */
  readonly path: string;
  readonly size: number;
  /**
   * Of a large file that came fast, one hash is still being taken: both, when they are known. Never rejects; less than both
   * when `discard` was called, or when the file was changed meanwhile.
   */
  readonly hashed?: Promise<KeptHashes>;
  /** `unstated` when no hash was offered that proves anything. */
  readonly verified: "yes" | "unstated";
  /** The media type that its first octets show. */
  readonly sniffed?: string;
}

export class Landing implements Disposable {
  readonly #folder: string;
  readonly #name: SafeFileName;
  readonly #path: string;
  readonly #fd: number;
  readonly #ranges = new ReceivedRanges();
  readonly #hashes: ContentHashes;
  #state: "receiving" | "finishing" | "placed" | "gone" = "receiving";
  #discarded = false;
  #flushed = false;
  #slice: Buffer | undefined;
  readonly #clock: Clock;
  readonly #from: string | undefined;
  readonly #aside: LandingOptions["aside"];
  readonly #journal: PartJournal | undefined;
  readonly #claims: Part["claims"];
  /** Octets between two notes of the journal, and when the last one was made. */
  readonly #noteEvery: number;
  #notedAt = Number.NEGATIVE_INFINITY;

  private constructor(options: LandingOptions, path: string, fd: number) {
    this.#folder = options.folder;
    this.#name = options.name;
    this.#path = path;
    this.#fd = fd;
    const { journal, size = 0, clock = systemClock } = options;
    this.#clock = clock;
    this.#journal = journal;
    this.#claims = options.claims;
    this.#from = options.from;
    this.#aside = options.aside;
    this.#noteEvery = Math.max(LIMITS.partialStep, Math.ceil(size / LIMITS.partialCheckpoints));
    const algorithm = journal?.algorithm ?? strongestHash(options.hashes ?? {})?.algorithm;
    this.#hashes = new ContentHashes(algorithm, () => clock.elapsed());
  }

  /** Creates the part. INLET_DISK_FULL, INLET_DISK_FAILED (EEXIST when that id is in use, or a link lies in its place). */
  static begin(options: LandingOptions): Landing {
    const path = join(options.folder, partFileName(options.id));
    // O_NOFOLLOW is not on Windows; O_EXCL alone already refuses a link there.
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
    return new Landing(
      options,
      path,
      onDisk(() => openSync(path, flags, 0o600)),
    );
  }

  /**
   * Goes on with a part: reads it again, and takes of it what its journal can show, `most` octets at most. undefined: none
   * of it holds, and it is gone, or another name leads to it. INLET_DISK_FAILED; INLET_TRANSFER_CANCELLED after `signal`, and
   * it stays as it was.
   */
  static async resume(
    options: LandingOptions & { readonly journal: PartJournal; readonly signal?: AbortSignal },
    most: number,
  ): Promise<Landing | undefined> {
    const { journal, signal } = options;
    const path = join(options.folder, partFileName(options.id));
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    } catch (error) {
      journal.forget();
      if (errnoOf(error) === undefined) throw error;
      return undefined;
    }
    const landing = new Landing(options, path, fd);
    try {
      const { nlink } = fstatSync(fd);
      const holds = nlink === 1 ? Math.min(await landing.#recheck(journal, signal), most) : 0;
      if (holds > 0 && landing.#state === "receiving") {
        ftruncateSync(fd, holds);
        landing.#hashes.cut(holds);
        landing.#ranges.add(0, holds);
        journal.cut(holds);
        return landing;
      }
      landing.discard();
      return undefined;
    } catch (error) {
      if (signal?.aborted === true) landing.#leave();
      else landing.discard();
      throw toDiskError(error);
    }
  }

  /** How much of the part is what was noted. */
  async #recheck(journal: PartJournal, signal: AbortSignal | undefined): Promise<number> {
    let holds = 0;
    for (const { octets, digest } of journal.checkpoints()) {
      for (let at = holds; at < octets; ) {
        const slice = (await this.#readBack(at)).subarray(0, octets - at);
        if (signal?.aborted === true) throw new InletError("INLET_TRANSFER_CANCELLED");
        if (slice.length === 0) return holds;
        this.#hashes.add(at, slice);
        at += slice.length;
      }
      if (this.#hashes.digest !== digest) return holds;
      holds = octets;
    }
    return holds;
  }

  /** Distinct octets received. */
  get received(): number {
    return this.#ranges.octets;
  }

  /** All that was written is on disk: `finish` failed behind that, and can be tried again. */
  get flushed(): boolean {
    return this.#flushed;
  }

  /** Writes all of `bytes` at `position`, octets from 0; later bytes replace earlier ones. */
  write(position: number, bytes: Uint8Array): void {
    if (this.#state !== "receiving") throw new Error(`write to a landing that is ${this.#state}`);
    this.#flushed = false;
    // Noted octets that are replaced are no longer what was noted.
    if (this.#journal !== undefined && position < this.#journal.octets)
      this.#inJournal((journal) => journal.cut(position));
    onDisk(() => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
      }
    });
    this.#ranges.add(position, position + bytes.length);
    this.#hashes.add(position, bytes);
    if (this.#journal !== undefined && this.#hashes.octets - this.#journal.octets >= this.#noteEvery) this.#note();
  }

  /** Not flushed for it: what a note says is read again before it counts. */
  #note(): void {
    const now = this.#clock.elapsed();
    if (now - this.#notedAt < LIMITS.partialPause) return;
    this.#notedAt = now;
    const { octets, digest } = this.#hashes;
    this.#inJournal((journal) => journal.note({ octets, digest }));
  }

  /** A transfer does not depend on its journal: without it, there is just nothing to go on with. */
  #inJournal(write: (journal: PartJournal) => void): void {
    try {
      if (this.#journal !== undefined) write(this.#journal);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
    }
  }

  /**
   * Verifies the content and gives it its name. When it resolves, file and name are on disk. `record` is called before, with
   * all but `hashed`: where it throws, the name is taken back, finish fails with that, and what was received is kept.
   * INLET_TRANSFER_SIZE_MISMATCH, INLET_TRANSFER_HASH_MISMATCH: the content is gone, or aside.
   * INLET_TRANSFER_INCOMPLETE, INLET_DISK_FULL, INLET_DISK_FAILED: it is kept; write on, finish again, or discard.
   * INLET_TRANSFER_CANCELLED: `discard` was called meanwhile.
   */
  async finish(expected: Expected, record?: (landed: Landed) => void): Promise<Landed> {
    if (this.#state !== "receiving") throw new Error(`finish of a landing that is ${this.#state}`);
    this.#state = "finishing";
    try {
      const landed = await this.#verifyAndPlace(expected, record);
      this.#state = "placed";
      this.#inJournal((journal) => journal.forget());
      if (landed.sha1 !== undefined && landed.sha256 !== undefined) {
        closeSync(this.#fd);
        return landed;
      }
      const { sha1, sha256, size } = landed;
      return { ...landed, hashed: this.#hashRest({ ...(sha1 && { sha1 }), ...(sha256 && { sha256 }) }, size) };
    } catch (error) {
      this.#state = "receiving";
      if (!this.#discarded && isOther(error) && this.#aside !== undefined) await this.#setAside(this.#aside);
      else if (this.#discarded || isMismatch(error)) this.#remove();
      throw toDiskError(error);
    }
  }

  /** Removes what was received. While finishing it takes effect at the next step; after placing it only ends hashing. */
  discard(): void {
    this.#discarded = true;
    if (this.#state === "receiving") this.#remove();
  }

  /** The transfer broke: what came in order stays for one that goes on with it. Without a journal it is discarded. */
  keep(): void {
    if (this.#state !== "receiving") return;
    const { octets, digest } = this.#hashes;
    this.#inJournal((journal) => {
      if (octets > journal.octets) journal.note({ octets, digest });
    });
    if ((this.#journal?.octets ?? 0) > 0) this.#leave();
    else this.discard();
  }

  #leave(): void {
    this.#state = "gone";
    closeSync(this.#fd);
    this.#journal?.close();
  }

  [Symbol.dispose](): void {
    this.discard();
  }

  async #verifyAndPlace({ size, hashes }: Expected, record?: (landed: Landed) => void): Promise<Landed> {
    const { octets, extent } = this.#ranges;
    if (octets < extent) throw new InletError("INLET_TRANSFER_INCOMPLETE", `${extent - octets} octets missing`);
    if (size !== undefined && extent !== size)
      throw new InletError("INLET_TRANSFER_SIZE_MISMATCH", `${extent}/${size}`);

    // What one call failed to flush, the next may wrongly call flushed.
    if (!this.#flushed) await fsyncFile(this.#fd);
    this.#flushed = true;
    if (fstatSync(this.#fd).size !== extent) throw new InletError("INLET_DISK_FAILED", "file changed");
    const stated = strongestHash(hashes);
    const asked = await this.#hashes.complete(this.#readBack, extent, stated?.algorithm);
    if (asked === undefined) throw new InletError("INLET_DISK_FAILED", "file changed");
    if (stated !== undefined && asked !== stated.hex)
      throw new InletError("INLET_TRANSFER_HASH_MISMATCH", stated.algorithm);
    const kept = await this.#hashes.kept(this.#readBack, extent, false);
    const sniffed = await sniff((await this.#readBack(0)).slice(0, SNIFFED));

    if (this.#from !== undefined) await markOrigin(this.#path, this.#from, this.#clock.now());
    this.#stopIfDiscarded();
    const part = { fd: this.#fd, path: this.#path, folder: this.#folder, name: this.#name, claims: this.#claims };
    const verified = stated === undefined ? "unstated" : "yes";
    const landed = { size: extent, ...kept, verified, ...(sniffed !== undefined && { sniffed }) } as const;
    return { path: await place(part, (path) => record?.({ path, ...landed })), ...landed };
  }

  /** The hashes that were left behind. The file has its name by now, and may be changed or removed under it. */
  async #hashRest(known: KeptHashes, extent: number): Promise<KeptHashes> {
    try {
      const before = fstatSync(this.#fd, { bigint: true }).mtimeNs;
      const all = await this.#hashes.kept(this.#readBack, extent, true);
      return fstatSync(this.#fd, { bigint: true }).mtimeNs === before ? all : known;
    } catch {
      return known;
    } finally {
      closeSync(this.#fd);
    }
  }

  async #setAside(aside: (path: string) => Promise<void>): Promise<void> {
    this.#state = "gone";
    closeSync(this.#fd);
    this.#inJournal((journal) => journal.forget());
    if (this.#from !== undefined) await markOrigin(this.#path, this.#from, this.#clock.now());
    // Where it cannot be kept aside it is removed; the mismatch is what is told.
    await aside(this.#path).catch(() => undefined);
  }

  readonly #readBack = async (position: number): Promise<Uint8Array> => {
    this.#stopIfDiscarded();
    this.#slice ??= Buffer.allocUnsafeSlow(SLICE);
    const { bytesRead } = await readFile(this.#fd, this.#slice, 0, SLICE, position);
    return this.#slice.subarray(0, bytesRead);
  };

  #stopIfDiscarded(): void {
    if (this.#discarded) throw new InletError("INLET_TRANSFER_CANCELLED");
  }

  #remove(): void {
    this.#state = "gone";
    closeSync(this.#fd);
    this.#inJournal((journal) => journal.forget());
    try {
      unlinkSync(this.#path);
    } catch (error) {
      // What cannot be removed now is swept at the next start.
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

/** Whole, and not what was offered. */
const isOther = (error: unknown): boolean =>
  error instanceof InletError && error.code === "INLET_TRANSFER_HASH_MISMATCH";
const isMismatch = (error: unknown): boolean =>
  isOther(error) || (error instanceof InletError && error.code === "INLET_TRANSFER_SIZE_MISMATCH");
