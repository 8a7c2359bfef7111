/**
 * Content that is not what was offered (its hash differs): kept in a folder of its own, under a name that no system takes
 * for anything, until the person lets it out or throws it away, or LIMITS.quarantineAge and LIMITS.quarantineOctets do. What
 * lies in the folder is all that is known of it.
 */
import { chmodSync, constants, lstatSync, readdirSync, rmSync } from "node:fs";
import { copyFile, link, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, LIMITS } from "../kernel/index.ts";
import { errnoOf, onDisk } from "./disk-error.ts";
import { makeFolder } from "./folder.ts";

const FOLDER = "quarantine";
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export class Quarantine {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(dataDir: string, clock: Clock) {
    this.#folder = join(dataDir, FOLDER);
    this.#clock = clock;
  }

  /** undefined: nothing of that id is here. `id` is the receiver's own. */
  find(id: string): { readonly path: string; readonly size: number } | undefined {
    const path = this.#pathOf(id);
    const found = onDisk(() => lstatSync(path, { throwIfNoEntry: false }));
    return found?.isFile() === true ? { path, size: found.size } : undefined;
  }

  /** Moves a file here. It is gone from where it was, also where it could not be kept. */
  async take(path: string, id: string): Promise<void> {
    try {
      makeFolder(this.#folder);
      await move(path, this.#pathOf(id));
      chmodSync(this.#pathOf(id), 0o600);
      this.sweep();
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  /** It is at `path` too, which is replaced; as another name of the same content where the disk can. */
  async copy(id: string, path: string): Promise<void> {
    rmSync(path, { force: true });
    try {
      await link(this.#pathOf(id), path);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      await copyFile(this.#pathOf(id), path, constants.COPYFILE_EXCL);
    }
  }

  drop(id: string): void {
    const path = this.#pathOf(id);
    onDisk(() => rmSync(path, { force: true }));
  }

  /** Throws away what is too old, and the oldest of what is too much. INLET_DISK_FAILED. */
  sweep(most: number = LIMITS.quarantineOctets): void {
    onDisk(() => this.#sweep(most));
  }

  #sweep(most: number): void {
    const oldest = this.#clock.now() - LIMITS.quarantineAge;
    const files = this.#entries().flatMap((name) => {
      const found = lstatSync(join(this.#folder, name), { throwIfNoEntry: false });
      return found?.isFile() === true ? [{ name, size: found.size, at: found.mtimeMs }] : [];
    });
    let octets = 0;
    for (const { name, size, at } of files.sort((a, b) => b.at - a.at)) {
      octets += size;
      if (at < oldest || octets > most) rmSync(join(this.#folder, name), { force: true });
    }
  }

  #pathOf(id: string): string {
    if (!ID.test(id)) throw new Error("an id in quarantine must be a plain token");
    return join(this.#folder, id);
  }

  #entries(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }
}

/** Across disks it is a copy, flushed before the original goes. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    await copyFile(from, to);
    await using file = await open(to, "r+");
    await file.sync();
    await unlink(from);
  }
}
