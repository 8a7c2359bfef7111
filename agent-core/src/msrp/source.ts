/**
 * Where a sender's octets come from: a file, read into two buffers by turns, or any async iterable.
 * A piece of a file is good until the piece after the next is asked for; a piece of an iterable must stay as it is.
 */
import { open } from "node:fs/promises";

export type Source = string | AsyncIterable<Uint8Array>;

/** 256 KiB: larger reads gain nothing more. */
const READ = 256 * 1024;

async function* fileSource(path: string): AsyncGenerator<Uint8Array, void> {
  await using file = await open(path, "r");
  const buffers = [Buffer.allocUnsafeSlow(READ), Buffer.allocUnsafeSlow(READ)];
  for (let turn = 0; ; turn ^= 1) {
    const buffer = buffers[turn] ?? Buffer.alloc(READ);
    const { bytesRead } = await file.read(buffer, 0, READ);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

export const iterate = (source: Source): AsyncIterator<Uint8Array> =>
  typeof source === "string" ? fileSource(source) : source[Symbol.asyncIterator]();
