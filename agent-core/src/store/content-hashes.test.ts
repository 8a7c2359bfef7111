/** Which hashes are taken while a file comes, and which afterwards. */
import { createHash } from "node:crypto";
import { appendFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { strongestHash } from "./content-hashes.ts";
import { Landing } from "./landing.ts";
import { toSafeFileName } from "./safe-file-name.ts";
import { temporaryFolder } from "./testing.ts";

const MIB = 1024 * 1024;
const content = Buffer.from(Uint32Array.from({ length: (10 * MIB) / 4 }, (_, i) => Math.imul(i, 2654435761)).buffer);
const hex = (algorithm: string): string => createHash(algorithm).update(content).digest("hex");
const both = { sha1: hex("sha1"), sha256: hex("sha256") };
const descriptors = (): number => readdirSync("/dev/fd").length;

/** Receives `content`, at 1 MiB in `millis`; a clock that stands is faster than any network. */
function receive(algorithm: string | undefined, millis: number) {
  const clock = new ManualClock();
  const hashes = algorithm === undefined ? {} : { [algorithm]: hex(algorithm.replace("-", "")) };
  const folder = temporaryFolder();
  const landing = Landing.begin({ folder, name: toSafeFileName("a"), id: "a", hashes, clock });
  for (let at = 0; at < content.length; at += MIB) {
    landing.write(at, content.subarray(at, at + MIB));
    clock.advance(millis);
  }
  return { landing, finish: () => landing.finish({ hashes }) };
}

describe("hashes of a file", () => {
  it.each([
    [{ "sha-1": "A", "sha-256": "B", "sha-512": "C" }, "sha-512"],
    [{ "sha-1": "A", md5: "B" }, "sha-1"],
    [{ md5: "B", blake3: "C" }, undefined],
    [{}, undefined],
  ])("the strongest one of %j is %s", (hashes, expected) => expect(strongestHash(hashes)?.algorithm).toBe(expected));

  it.each([
    ["sha-1", { sha1: both.sha1 }],
    ["sha-256", { sha256: both.sha256 }],
    ["sha-512", {}],
    [undefined, { sha256: both.sha256 }],
  ])("%s decides; what came fast gets the others when it is kept", async (algorithm, first) => {
    const open = descriptors();
    const landed = await receive(algorithm, 0).finish();
    expect({ sha1: landed.sha1, sha256: landed.sha256 }).toEqual({ sha1: undefined, sha256: undefined, ...first });
    expect(landed.verified).toBe(algorithm === undefined ? "unstated" : "yes");
    expect(await landed.hashed).toEqual(both);
    expect(descriptors()).toBeLessThanOrEqual(open);
  });

  it.each(["sha-1", "sha-256", "sha-512", undefined])(
    "%s: at a network's speed all are there at once",
    async (name) => {
      const landed = await receive(name, 20).finish();
      expect(landed).toMatchObject(both);
      expect(landed.hashed).toBeUndefined();
    },
  );

  it("discarded when it is kept: the file stays, and no more is read for the second hash", async () => {
    const open = descriptors();
    const { landing, finish } = receive("sha-1", 0);
    const landed = await finish();
    landing.discard();
    expect(await landed.hashed).toEqual({ sha1: both.sha1 });
    expect(descriptors()).toBeLessThanOrEqual(open);
    expect(landed.path.endsWith("/a")).toBe(true);
  });

  it("a file that was changed once it had its name gets no second hash", async () => {
    const landed = await receive("sha-1", 0).finish();
    appendFileSync(landed.path, "changed by someone");
    expect(await landed.hashed).toEqual({ sha1: both.sha1 });
  });
});
