/** Folders that must be there: made where they are not. INLET_DISK_FAILED, INLET_DISK_FULL. */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf, onDisk } from "./disk-error.ts";

export function makeFolder(path: string): void {
  onDisk(() => make(path));
}

/** Not Node's `recursive`: where no folder can be made (in /proc, under an automounter) that asks for ever. */
function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" && dirname(path) !== path) {
      make(dirname(path));
      mkdirSync(path, { mode: 0o700 });
    } else if (!isFolder(path)) throw error;
  }
}

/** What lies there may be a folder though it cannot be made: it exists, or its disk is read-only. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
