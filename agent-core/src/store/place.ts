/**
 * Puts a finished part under its name, beside the files that are there, and never over one of them.
 *
 *   link(part, name)  →  fsync(folder)  →  record  →  unlink(part)
 *
 * link(2) fails if the name exists, be it a file, a folder or a symbolic link to anywhere, and follows none of them. A
 * process killed between the steps leaves the whole file under both names: at the next start the part is swept where the file
 * was recorded, and else the name is taken back (`part-file.ts`; where there are no hard links, `claims.ts`).
 * Names that differ only by case or normalisation form count as taken, so that the folder can move to another disk.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { InletError, type SafeFileName } from "../kernel/index.ts";
import type { Claims } from "./claims.ts";
import { errnoOf } from "./disk-error.ts";
import { foldFileName, numberedFileName } from "./safe-file-name.ts";

const fsyncFile = promisify(fsync);

/** Errors of link(2) on file systems that have no hard links (FAT, exFAT, some network shares). */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EINVAL",
  "EISDIR",
]);

export interface Part {
  readonly fd: number;
  readonly path: string;
  readonly folder: string;
  readonly name: SafeFileName;
  /** Told of the name before it is given where nothing else would show that it was. */
  readonly claims?: Pick<Claims, "intend" | "forget"> | undefined;
}

/**
 * The names in the folder that was last used, folded. Listing thousands of them for each of thousands of small files would
 * take most of the time: a listing serves again for twenty times as long as it took, plus what was placed since. A name that
 * someone else makes in that time is still never overwritten; at worst it differs from ours by case only.
 */
let listed: { readonly folder: string; readonly names: Set<string>; readonly until: number } | undefined;

function namesIn(folder: string): Set<string> {
  const began = performance.now();
  if (listed?.folder === folder && began < listed.until) return listed.names;
  const names = new Set(readdirSync(folder).map(foldFileName));
  const ended = performance.now();
  listed = { folder, names, until: ended + 20 * (ended - began) };
  return names;
}

/** One way to give the part a name; EEXIST when that is taken. */
export type Claim = (part: Part, destination: string) => { readonly undo: () => void; readonly settle: () => void };

/** Told the path when the name is on disk; where it throws, the name is taken back. */
export type RecordPath = (path: string) => void;

/** Resolves with the path once that is recorded. Fails with errno errors or as `record`; the part is then where it was. */
export async function place(part: Part, record?: RecordPath): Promise<string> {
  try {
    return await placeBy(part, claimByLink, record);
  } catch (error) {
    if (!NO_HARD_LINKS.has(errnoOf(error) ?? "")) throw error;
    return placeBy(part, claimByReservation, record);
  }
}

export async function placeBy(part: Part, claim: Claim, record: RecordPath = () => undefined): Promise<string> {
  // Up to the claim in one go, so that two files that finish together cannot take names that differ only by case.
  assertSameFile(part.fd, part.path);
  const taken = namesIn(part.folder);
  for (let n = 1; ; n++) {
    const name = n === 1 ? part.name : numberedFileName(part.name, n);
    if (taken.has(foldFileName(name))) continue;
    const destination = join(part.folder, name);
    try {
      const { undo, settle } = claim(part, destination);
      taken.add(foldFileName(name));
      try {
        await fsyncFolder(part.folder);
        record(destination);
      } catch (error) {
        undo();
        taken.delete(foldFileName(name));
        throw error;
      }
      settle();
      return destination;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      taken.add(foldFileName(name));
    }
  }
}

export const claimByLink: Claim = ({ path }, destination) => {
  linkSync(path, destination);
  return { undo: () => unlinkSync(destination), settle: () => removeIfThere(path) };
};

/** The name is reserved by an empty file of our own making, which the part then replaces. */
export const claimByReservation: Claim = ({ fd, path, claims }, destination) => {
  const { size, mtimeMs: modifiedAt } = fstatSync(fd);
  claims?.intend({ part: path, path: destination, size, modifiedAt });
  const reservation = openSync(destination, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    assertSameFile(reservation, destination);
    onFailure(
      () => renameSync(path, destination),
      () => unlinkSync(destination),
    );
  } finally {
    closeSync(reservation);
  }
  const undo = (): void => {
    renameSync(destination, path);
    claims?.forget(path);
  };
  return { undo, settle: () => claims?.forget(path) };
};

/** Someone with access to the folder may have put another file, or a symbolic link, in the place of ours. */
function assertSameFile(fd: number, path: string): void {
  const ours = fstatSync(fd, { bigint: true });
  const there = lstatSync(path, { bigint: true });
  // On Windows the two calls take the volume's number from different places.
  const sameDisk = process.platform === "win32" || ours.dev === there.dev;
  if (ours.ino !== there.ino || !sameDisk) throw new InletError("INLET_DISK_FAILED", "file replaced");
}

function onFailure(act: () => void, undo: () => void): void {
  try {
    act();
  } catch (error) {
    undo();
    throw error;
  }
}

/** A name is on disk only when its folder is. Windows has no such call and needs none: NTFS journals names. */
async function fsyncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await fsyncFile(fd);
  } finally {
    closeSync(fd);
  }
}

/** The content is safe under its name by now; a part that cannot be removed is swept later. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
