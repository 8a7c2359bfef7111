/**
 * The person's folder for received files: there, a folder, on the disk it was on, and Inlet may write to it. It is made again
 * where it was removed, but not where its disk is not connected: what would be received there would be out of sight later.
 * INLET_FOLDER_GONE, INLET_FOLDER_TAKEN, INLET_FOLDER_READ_ONLY, INLET_DISK_FULL, INLET_DISK_FAILED.
 */
import { accessSync, constants, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type ErrorCode, InletError } from "../kernel/index.ts";
import { errnoOf } from "./disk-error.ts";
import { makeFolder } from "./folder.ts";

/** Where it was mounted when it was last used: kept across restarts. */
export interface KnownDisk {
  get(): string | undefined;
  set(mount: string): void;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: "INLET_FOLDER_READ_ONLY",
  EPERM: "INLET_FOLDER_READ_ONLY",
  EROFS: "INLET_FOLDER_READ_ONLY",
  ENOTDIR: "INLET_FOLDER_TAKEN",
  EEXIST: "INLET_FOLDER_TAKEN",
  ENOENT: "INLET_FOLDER_GONE",
  ENODEV: "INLET_FOLDER_GONE",
  ENXIO: "INLET_FOLDER_GONE",
  ENOTCONN: "INLET_FOLDER_GONE",
  ESTALE: "INLET_FOLDER_GONE",
};

export class ReceivingFolder {
  readonly path: string;
  readonly #disk: KnownDisk;
  /** As it was found last. */
  #found: { readonly device: bigint; readonly link: boolean } | undefined;

  constructor(path: string, disk: KnownDisk) {
    this.path = resolve(path);
    this.#disk = disk;
  }

  /** Makes it where it is missing. Fails where nothing can be received into it now. */
  use(): void {
    try {
      const itself = lstatSync(this.path, { throwIfNoEntry: false });
      if (itself === undefined) this.#make();
      const folder = statSync(this.path, { bigint: true });
      if (!folder.isDirectory()) throw new InletError("INLET_FOLDER_TAKEN");
      const link = itself?.isSymbolicLink() === true;
      if (link && this.#found?.link === false) throw new InletError("INLET_FOLDER_TAKEN", "a link");
      if (folder.dev !== this.#found?.device) this.#enter();
      accessSync(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
      this.#found = { device: folder.dev, link };
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      const code = CODES[errno];
      // Whatever else is wrong with the disk is said when something is written.
      if (code !== undefined) throw new InletError(code, errno, { cause: error });
    }
  }

  #make(): void {
    if (this.#isDisconnected(mountOf(this.path))) throw new InletError("INLET_FOLDER_GONE", "disk");
    makeFolder(this.path);
  }

  /** For the first time, or on another disk than before: an empty one may be where a disk was. */
  #enter(): void {
    const mount = mountOf(this.path);
    if (this.#isDisconnected(mount) && readdirSync(this.path).length === 0)
      throw new InletError("INLET_FOLDER_GONE", "disk");
    if (this.#disk.get() !== mount) this.#disk.set(mount);
  }

  #isDisconnected(mount: string): boolean {
    const before = this.#disk.get();
    return before !== undefined && before !== mount && before.startsWith(mount.endsWith(sep) ? mount : mount + sep);
  }
}

/** The uppermost folder on the same disk, of what there is of `path`. */
function mountOf(path: string): string {
  let at = path;
  while (lstatSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) at = dirname(at);
  at = realpathSync(at);
  const { dev } = statSync(at, { bigint: true });
  while (dirname(at) !== at && statSync(dirname(at), { bigint: true }).dev === dev) at = dirname(at);
  return at;
}
