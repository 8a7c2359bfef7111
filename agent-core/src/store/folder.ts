/** Folders that must be there: made where they are not, and on disk with their names. INLET_DISK_FAILED, INLET_DISK_FULL. */
import { closeSync, constants, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { errnoOf, onDisk } from "./disk-error.ts";

export function makeFolder(path: string): void {
  onDisk(() => make(resolve(path)));
}

/** Not Node's `recursive`: where no folder can be made (in /proc, under an automounter) that asks for ever. */
function make(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" && dirname(path) !== path) {
      make(dirname(path));
      makeOne(path);
    } else if (!isFolder(path)) throw error;
  }
}

function makeOne(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  try {
    fsyncFolder(dirname(path));
  } catch (error) {
    // One that may not be read, or a disk that flushes no names: there is nothing more to be had.
    if (!/^(EACCES|EPERM|EINVAL|ENOTSUP)$/.test(errnoOf(error) ?? "")) throw error;
  }
}

/** What lies there may be a folder though it cannot be made: it exists, or its disk is read-only. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** A name is on disk only when its folder is. Windows has no such call and needs none: NTFS journals names. */
function fsyncFolder(path: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
