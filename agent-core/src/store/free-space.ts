/** Octets that can still be written to the disk that holds `folder`. undefined where the system does not say. */
import { statfsSync } from "node:fs";
import { errnoOf } from "./disk-error.ts";

export function freeSpace(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
