/**
 * The file that content is received into: `.<id>.inlet-part`, hidden, beside its destination (a rename across file
 * systems is a copy, and not atomic). Toward a peer's name it is neutral: that name is not on disk before it is whole.
 */
import { lstatSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, onDisk } from "./disk-error.ts";

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const PART = /^\.([A-Za-z0-9][A-Za-z0-9._-]{0,127})\.inlet-part$/;

/** `id` is the receiver's own (letters, digits, `.`, `_`, `-`), never a peer's. */
export function partFileName(id: string): string {
  if (!ID.test(id)) throw new Error("a part's id must be a plain token");
  return `.${id}.inlet-part`;
}

/**
 * At start: a part that bears its name already, but whose file `recorded` does not know, was never acknowledged. The name is
 * taken back, so that nothing lies in the folder that the history does not tell; the part stays. Returns the paths.
 */
export function takeBackNames(folder: string, recorded: (path: string, size: number) => boolean): readonly string[] {
  return onDisk(() => {
    const names = entriesOf(folder);
    const stat = (name: string) => lstatSync(join(folder, name), { throwIfNoEntry: false });
    const parts = names.filter((name) => PART.test(name)).map(stat);
    const inodes = new Set(parts.flatMap((part) => (part?.isFile() === true && part.nlink > 1 ? [part.ino] : [])));
    if (inodes.size === 0) return [];
    return names.flatMap((name) => {
      const found = PART.test(name) ? undefined : stat(name);
      const path = join(folder, name);
      if (found === undefined || !inodes.has(found.ino) || recorded(path, found.size)) return [];
      unlinkSync(path);
      return [path];
    });
  });
}

/**
 * Removes what transfers left behind that ended with the process; called at start, before any begins. `owned` are the
 * ids of transfers that go on. Only regular files of exactly that name are touched. Returns the ids removed.
 */
export function sweepParts(folder: string, owned: ReadonlySet<string> = new Set()): readonly string[] {
  return onDisk(() => {
    const removed: string[] = [];
    for (const name of entriesOf(folder)) {
      const id = PART.exec(name)?.[1];
      if (id === undefined || owned.has(id)) continue;
      const path = join(folder, name);
      if (!lstatSync(path).isFile()) continue;
      unlinkSync(path);
      removed.push(id);
    }
    return removed;
  });
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
