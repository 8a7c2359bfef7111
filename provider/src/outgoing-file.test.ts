import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { octetsOf } from "./outgoing-file.ts";
import { TemporaryFolder } from "./testing.ts";

const all = async (pieces: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(Buffer.from(piece));
  return Buffer.concat(read);
};

it("the rest of a file, and of octets that are made, begins at any octet", async () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "a.bin");
  const data = randomBytes(3000);
  writeFileSync(path, data);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 3000 }), fc.integer({ min: 1, max: 900 }), async (offset, step) => {
      async function* content() {
        for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step);
      }
      expect((await all(octetsOf({ path }, offset))).equals(data.subarray(offset))).toBe(true);
      expect((await all(octetsOf({ path, content }, offset))).equals(data.subarray(offset))).toBe(true);
    }),
    { numRuns: 40 },
  );
});
