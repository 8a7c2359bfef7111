/**
 * On a disk without hard links (FAT, exFAT, some network shares) nothing shows that a name was given to a part. So it is noted
 * before, and forgotten when the file is recorded or the name taken back: a start settles what a kill left between.
 */
import { lstatSync, renameSync, unlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Database } from "./database.ts";
import { onDisk } from "./disk-error.ts";
import { setSetting, settingsBeginning } from "./settings.ts";

const KEY = "claim ";
/** FAT knows the time to two seconds. */
const SAME_TIME = 2_000;

const claimed = z.object({ part: z.string(), path: z.string(), size: z.number(), modifiedAt: z.number() });
export type Claimed = z.infer<typeof claimed>;

export class Claims {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** On disk when it returns. */
  intend(claim: Claimed): void {
    setSetting(this.#db, KEY + claim.part, claim);
  }

  forget(part: string): void {
    setSetting(this.#db, KEY + part, undefined);
  }

  /** At start, before parts are swept: what was named and not recorded becomes a part again. */
  settle(folder: string, recorded: (path: string, size: number) => boolean): void {
    for (const [key, value] of settingsBeginning(this.#db, KEY)) {
      const claim = claimed.safeParse(value).data;
      if (claim !== undefined && resolve(dirname(claim.path)) !== resolve(folder)) continue;
      if (claim !== undefined) onDisk(() => takeBack(claim, recorded));
      setSetting(this.#db, key, undefined);
    }
  }
}

function takeBack({ part, path, size, modifiedAt }: Claimed, recorded: (path: string, size: number) => boolean): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isFile() !== true) return;
  const named = lstatSync(part, { throwIfNoEntry: false }) === undefined;
  // Somebody may have put something else there meanwhile.
  const ours = there.size === size && Math.abs(there.mtimeMs - modifiedAt) <= SAME_TIME;
  if (!named) {
    if (there.size === 0) unlinkSync(path);
  } else if (ours && !recorded(path, size)) renameSync(path, part);
}
