/**
 * A file that is here already, by its hash (seed 001 A.6, RFC 5547 §8.3.1): where the person prefers it so, it is not fetched
 * again; it is read again, and when it still is what was offered, it comes to the inbox once more, from where it lies.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Item, Offer, OfferedFile } from "../contract/index.ts";
import { randomToken } from "../kernel/index.ts";
import { strongestHash } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";

/** undefined at once: it is to be fetched. The promise gives nothing where the file has changed, or after `signal`. */
export function findHeld(
  environment: PushEnvironment,
  file: OfferedFile,
  signal: AbortSignal,
): Promise<Item | undefined> | undefined {
  if (environment.heldMode() === "fetch" || file.alreadyHave === undefined) return undefined;
  const item = environment.store.findItem(file.alreadyHave);
  const stated = strongestHash(file.hashes);
  if (item?.path === undefined || stated === undefined) return undefined;
  return hashOf(item.path, stated.algorithm, signal).then(
    (hex) => (hex === stated.hex ? item : undefined),
    () => undefined,
  );
}

async function hashOf(path: string, algorithm: string, signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm.replace("-", ""));
  for await (const piece of createReadStream(path, { signal })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** The same file as a new item of this offer. */
export function recordHeld(environment: PushEnvironment, offer: Offer, index: number, held: Item): void {
  const { channel: _, description: __, read: ___, ...same } = held;
  const { description } = offer.files[index] ?? {};
  const id = randomToken(96);
  environment.recordItem(
    {
      ...same,
      id,
      account: offer.account,
      from: offer.from,
      ...(offer.channel !== undefined && { channel: offer.channel }),
      ...(description !== undefined && { description }),
      offer: offer.id,
      index,
      verified: "yes",
      receivedAt: new Date(environment.clock.now()).toISOString(),
    },
    { offer: offer.id, index },
  );
  environment.tellItem(id);
}
