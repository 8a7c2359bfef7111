/**
 * Content out of quarantine into the folder of received files, under a name of its own, as any other file lands there. It is
 * in quarantine until it is recorded, so that a process killed in between loses nothing of it.
 */
import { createHash } from "node:crypto";
import { closeSync, constants, createReadStream, fsyncSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toDiskError } from "./disk-error.ts";
import { partFileName } from "./part-file.ts";
import { type Part, place } from "./place.ts";
import type { Quarantine } from "./quarantine.ts";
import { SNIFFED, sniff } from "./sniff.ts";

export interface Released {
  readonly path: string;
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
  readonly sniffed?: string;
}

/**
 * Where `record` throws, the name is taken back. undefined: nothing of that id is in quarantine. INLET_DISK_FULL,
 * INLET_DISK_FAILED, or as `record`: it is there still.
 */
export async function release(
  quarantine: Quarantine,
  id: string,
  to: Pick<Part, "folder" | "name" | "claims">,
  record: (released: Released) => void,
): Promise<Released | undefined> {
  const found = quarantine.find(id);
  if (found === undefined) return undefined;
  try {
    const hashes = [createHash("sha1"), createHash("sha256")] as const;
    for await (const piece of createReadStream(found.path)) for (const hash of hashes) hash.update(piece as Buffer);
    const sniffed = await sniff(await head(found.path));
    const part = join(to.folder, partFileName(`aside-${id}`));
    const [sha1, sha256] = hashes.map((hash) => hash.digest("hex")) as [string, string];
    const about = { size: found.size, sha1, sha256, ...(sniffed !== undefined && { sniffed }) };
    await quarantine.copy(id, part);
    const fd = openSync(part, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    try {
      fsyncSync(fd);
      const path = await place({ fd, path: part, ...to }, (path) => record({ path, ...about }));
      quarantine.drop(id);
      return { path, ...about };
    } finally {
      closeSync(fd);
      rmSync(part, { force: true });
    }
  } catch (error) {
    throw toDiskError(error);
  }
}

async function head(path: string): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(path, { end: SNIFFED - 1 })) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
