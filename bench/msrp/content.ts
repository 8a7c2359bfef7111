/** The octets of the benchmark: five MiB that do not compress, over and over. Both processes make the same. */
import { createHash } from "node:crypto";

/** A multiple of every chunk size measured, so that one block of frames can be sent again and again. */
export const PERIOD = 5 * 1024 * 1024;
export const MIB = 1024 * 1024;

/** xorshift32: the same on every machine, without a `CRLF -------` in it worth mentioning. */
export function contentPeriod(): Buffer {
  const words = new Uint32Array(PERIOD / 4);
  let x = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return Buffer.from(words.buffer);
}

/** SHA-1 of the first `size` octets, as an offer states it. */
export function contentHash(size: number): string {
  const period = contentPeriod();
  const hash = createHash("sha1");
  for (let at = 0; at < size; at += PERIOD) hash.update(period.subarray(0, Math.min(PERIOD, size - at)));
  return (hash.digest("hex").match(/../g) ?? []).join(":");
}
