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
 * At start: parts that bear their name already. Where `recorded` knows the file, the part goes. Else it was never acknowledged:
 * the name is taken back, so that nothing lies in the folder that the history does not tell, and the part stays.
 */
export function settleNames(folder: string, recorded: (path: string, size: number) => boolean): void {
  onDisk(() => {
    const names = entriesOf(folder);
    const files = names.flatMap((name) => {
      const stat = lstatSync(join(folder, name), { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.nlink > 1
        ? [{ path: join(folder, name), stat, isPart: PART.test(name) }]
        : [];
    });
    for (const part of files.filter(({ isPart }) => isPart)) {
      const named = files.filter(({ isPart, stat }) => !isPart && stat.ino === part.stat.ino);
      if (named.some(({ path, stat }) => recorded(path, stat.size))) unlinkSync(part.path);
      else for (const { path } of named) unlinkSync(path);
    }
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
