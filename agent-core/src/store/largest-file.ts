/**
 * The largest file that the file system of `folder` can hold, where it is known to have such a limit: FAT (not exFAT), by
 * statfs(2) on Linux, where its name limits are those of every safe name. Infinity where the system does not say (macOS and
 * Windows tell no type that Node can read): there the write that goes too far fails.
 */
import { statfsSync } from "node:fs";
import { errnoOf } from "./disk-error.ts";

const FAT = 0x4d44;
const FAT_LARGEST = 0xffff_ffff;

export function largestFile(
  folder: string,
  typeOf: (folder: string) => number = (path) => statfsSync(path).type,
): number {
  if (process.platform !== "linux") return Number.POSITIVE_INFINITY;
  try {
    return typeOf(folder) === FAT ? FAT_LARGEST : Number.POSITIVE_INFINITY;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return Number.POSITIVE_INFINITY;
  }
}
