/**
 * One file being received: bytes in any order into a part beside the destination, then size, gaps and hash checked,
 * all of it flushed, and only then the name (RFC 5547 §8.3.1: a file whose hash differs is not the file offered).
 *
 *   receiving ── finish ──► finishing ──► placed
 *       ▲                    │   │
 *       └── disk failed ─────┘   └── mismatch, discarded ──► gone ◄── discard ── receiving
 */
import { closeSync, constants, fstatSync, fsync, openSync, read, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Clock, InletError, type SafeFileName, systemClock } from "../kernel/index.ts";
import { ContentHashes, type KeptHashes, strongestHash } from "./content-hashes.ts";
import { errnoOf, onDisk, toDiskError } from "./disk-error.ts";
import { partFileName } from "./part-file.ts";
import { place } from "./place.ts";
import { ReceivedRanges } from "./received-ranges.ts";

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
  #slice: Buffer | undefined;

  private constructor(options: LandingOptions, path: string, fd: number) {
    this.#folder = options.folder;
    this.#name = options.name;
    this.#path = path;
    this.#fd = fd;
    const clock = options.clock ?? systemClock;
    this.#hashes = new ContentHashes(strongestHash(options.hashes ?? {})?.algorithm, () => clock.elapsed());
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

  /** Distinct octets received. */
  get received(): number {
    return this.#ranges.octets;
  }

  /** Writes all of `bytes` at `position`, octets from 0; later bytes replace earlier ones. */
  write(position: number, bytes: Uint8Array): void {
    if (this.#state !== "receiving") throw new Error(`write to a landing that is ${this.#state}`);
    onDisk(() => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
      }
    });
    this.#ranges.add(position, position + bytes.length);
    this.#hashes.add(position, bytes);
  }

  /**
   * Verifies the content and gives it its name. When it resolves, file and name are on disk.
   * INLET_TRANSFER_SIZE_MISMATCH, INLET_TRANSFER_HASH_MISMATCH: the content is gone.
   * INLET_TRANSFER_INCOMPLETE, INLET_DISK_FULL, INLET_DISK_FAILED: it is kept; write on, finish again, or discard.
   * INLET_TRANSFER_CANCELLED: `discard` was called meanwhile.
   */
  async finish(expected: Expected): Promise<Landed> {
    if (this.#state !== "receiving") throw new Error(`finish of a landing that is ${this.#state}`);
    this.#state = "finishing";
    try {
      const landed = await this.#verifyAndPlace(expected);
      this.#state = "placed";
      if (landed.sha1 !== undefined && landed.sha256 !== undefined) {
        closeSync(this.#fd);
        return landed;
      }
      const { sha1, sha256, size } = landed;
      return { ...landed, hashed: this.#hashRest({ ...(sha1 && { sha1 }), ...(sha256 && { sha256 }) }, size) };
    } catch (error) {
      this.#state = "receiving";
      if (this.#discarded || isMismatch(error)) this.#remove();
      throw toDiskError(error);
    }
  }

  /** Removes what was received. While finishing it takes effect at the next step; after placing it only ends hashing. */
  discard(): void {
    this.#discarded = true;
    if (this.#state === "receiving") this.#remove();
  }

  [Symbol.dispose](): void {
    this.discard();
  }

  async #verifyAndPlace({ size, hashes }: Expected): Promise<Landed> {
    const { octets, extent } = this.#ranges;
    if (octets < extent) throw new InletError("INLET_TRANSFER_INCOMPLETE", `${extent - octets} octets missing`);
    if (size !== undefined && extent !== size)
      throw new InletError("INLET_TRANSFER_SIZE_MISMATCH", `${extent}/${size}`);

    await fsyncFile(this.#fd);
    if (fstatSync(this.#fd).size !== extent) throw new InletError("INLET_DISK_FAILED", "file changed");
    const stated = strongestHash(hashes);
    const asked = await this.#hashes.complete(this.#readBack, extent, stated?.algorithm);
    if (asked === undefined) throw new InletError("INLET_DISK_FAILED", "file changed");
    if (stated !== undefined && asked !== stated.hex)
      throw new InletError("INLET_TRANSFER_HASH_MISMATCH", stated.algorithm);
    const kept = await this.#hashes.kept(this.#readBack, extent, false);

    this.#stopIfDiscarded();
    const part = { fd: this.#fd, path: this.#path, folder: this.#folder, name: this.#name };
    return { path: await place(part), size: extent, ...kept, verified: stated === undefined ? "unstated" : "yes" };
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
    try {
      unlinkSync(this.#path);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw toDiskError(error);
    }
  }
}

const isMismatch = (error: unknown): boolean =>
  error instanceof InletError &&
  (error.code === "INLET_TRANSFER_SIZE_MISMATCH" || error.code === "INLET_TRANSFER_HASH_MISMATCH");
