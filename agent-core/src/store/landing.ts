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
import { InletError, type SafeFileName } from "../kernel/index.ts";
import { ContentHashes, strongestHash } from "./content-hashes.ts";
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
}

/** What was offered. Hashes by lower-case algorithm name, as colon-separated hex. */
export interface Expected {
  readonly size?: number | undefined;
  readonly hashes: Readonly<Record<string, string>>;
}

export interface Landed {
  /** Where it lies: its name, or `name (2).ext` and so on when that was taken. */
  readonly path: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha1: string;
  readonly sha256: string;
  /** `unstated` when no hash was offered that proves anything. */
  readonly verified: "yes" | "unstated";
}

export class Landing implements Disposable {
  readonly #folder: string;
  readonly #name: SafeFileName;
  readonly #path: string;
  readonly #fd: number;
  readonly #ranges = new ReceivedRanges();
  readonly #hashes = new ContentHashes();
  #state: "receiving" | "finishing" | "placed" | "gone" = "receiving";
  #discarded = false;

  private constructor(options: LandingOptions, path: string, fd: number) {
    this.#folder = options.folder;
    this.#name = options.name;
    this.#path = path;
    this.#fd = fd;
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
      closeSync(this.#fd);
      return landed;
    } catch (error) {
      this.#state = "receiving";
      if (this.#discarded || isMismatch(error)) this.#remove();
      throw toDiskError(error);
    }
  }

  /** Removes what was received. While finishing it takes effect at the next step; after placing it does nothing. */
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
    const digests = await this.#hashes.complete((at) => this.#readBack(at), extent, stated?.algorithm);
    if (digests === undefined) throw new InletError("INLET_DISK_FAILED", "file changed");
    if (stated !== undefined && digests.asked !== stated.hex)
      throw new InletError("INLET_TRANSFER_HASH_MISMATCH", stated.algorithm);

    this.#stopIfDiscarded();
    const part = { fd: this.#fd, path: this.#path, folder: this.#folder, name: this.#name };
    const { sha1, sha256 } = digests;
    return { path: await place(part), size: extent, sha1, sha256, verified: stated === undefined ? "unstated" : "yes" };
  }

  async #readBack(position: number): Promise<Uint8Array> {
    this.#stopIfDiscarded();
    const { bytesRead, buffer } = await readFile(this.#fd, new Uint8Array(SLICE), 0, SLICE, position);
    return buffer.subarray(0, bytesRead);
  }

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
