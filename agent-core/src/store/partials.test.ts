import { createHash, randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError, LIMITS, ManualClock } from "../kernel/index.ts";
import { Landing } from "./landing.ts";
import { partFileName, settleNames, sweepParts } from "./part-file.ts";
import { toSafeFileName } from "./safe-file-name.ts";
import type { Store } from "./store.ts";
import { codeOf, openStore, temporaryFolder } from "./testing.ts";

const hex = (algorithm: string, content: Uint8Array) => createHash(algorithm).update(content).digest("hex");
const MiB = 1024 * 1024;
const content = randomBytes(5 * MiB + 321);
const name = toSafeFileName("a.bin");
let ids = 0;

/** A folder of its own with a store, and a file that is offered there. */
function setUp(data: Buffer = content, hashes: Record<string, string> = { "sha-256": hex("sha256", data) }) {
  const clock = new ManualClock();
  const store = openStore(undefined, { clock });
  const folder = temporaryFolder();
  const file = { folder, account: "sip:bob@example.net", sender: "sip:ann@example.net", size: data.length, hashes };
  const begin = (id = `part-${ids++}`) => {
    const journal = store.partials.begin({ ...file, id, name });
    return Landing.begin({ folder, name, id, hashes, size: file.size, clock, journal });
  };
  const expected = { size: data.length, hashes };
  return { clock, store, folder, file, begin, expected };
}

async function resume(store: Store, clock: ManualClock, file: ReturnType<typeof setUp>["file"], most = file.size) {
  const found = store.partials.find(file);
  const journal = found && store.partials.claim(found.id);
  if (found === undefined || journal === undefined) return undefined;
  const { folder, hashes, size } = file;
  return Landing.resume({ folder, name, id: found.id, hashes, size, clock, journal }, most);
}

const parts = (folder: string) => readdirSync(folder).filter((entry) => entry.endsWith(".inlet-part"));

describe("a part outlives its transfer", () => {
  it("what came in order is kept to the octet when the transfer breaks, and the rest makes it the file", async () => {
    const { clock, store, folder, file, begin, expected } = setUp();
    const landing = begin();
    landing.write(0, content.subarray(0, 3_000_001));
    landing.keep();
    expect(store.partials.find(file)?.octets).toBe(3_000_001);
    const again = await resume(store, clock, file);
    expect(again?.received).toBe(3_000_001);
    again?.write(3_000_001, content.subarray(3_000_001));
    const landed = await again?.finish(expected);
    expect(readFileSync(landed?.path ?? "").equals(content)).toBe(true);
    expect(landed).toMatchObject({ verified: "yes", sha256: hex("sha256", content), sha1: hex("sha1", content) });
    expect(parts(folder)).toEqual([]);
    expect(store.partials.find(file)).toBeUndefined();
  });

  it("C1, partialStep, partialPause: killed, it is as long as the last note says; the journal is on disk while octets come", async () => {
    const { clock, store, file, begin } = setUp();
    const landing = begin();
    landing.write(0, content.subarray(0, MiB));
    clock.advance(LIMITS.partialPause);
    landing.write(MiB, content.subarray(MiB, 2 * MiB));
    clock.advance(LIMITS.partialPause - 1);
    landing.write(2 * MiB, content.subarray(2 * MiB, 3 * MiB));
    // The part is still in use: nobody else may have it.
    expect(store.partials.find(file)).toBeUndefined();
    expect(store.partials.all()).toMatchObject([{ octets: 2 * MiB }]);
    landing.discard();
  });

  it("partialCheckpoints: of a large file so much is between two notes that there are not more", () => {
    const { clock, store, folder, file } = setUp();
    const size = 2 * LIMITS.partialStep * LIMITS.partialCheckpoints;
    const journal = store.partials.begin({ ...file, size, id: "large", name });
    const landing = Landing.begin({ folder, name, id: "large", hashes: file.hashes, size, clock, journal });
    for (const [from, noted] of [
      [0, 0],
      [MiB, 2 * MiB],
      [2 * MiB, 2 * MiB],
    ] as const) {
      clock.advance(LIMITS.partialPause);
      landing.write(from, content.subarray(from, from + MiB));
      expect(store.partials.all()[0]?.octets ?? 0).toBe(noted);
    }
    landing.discard();
  });

  it("octets that came out of order are not claimed", async () => {
    const { clock, store, file, begin } = setUp();
    const landing = begin();
    landing.write(0, content.subarray(0, 1000));
    landing.write(5000, content.subarray(5000, 9000));
    landing.keep();
    expect((await resume(store, clock, file))?.received).toBe(1000);
  });

  it("M20: a sender that begins again from the first octet is counted once, and the claim follows it", async () => {
    const { clock, store, file, begin, expected } = setUp();
    const landing = begin();
    landing.write(0, content.subarray(0, 2 * MiB));
    clock.advance(LIMITS.partialPause);
    landing.write(0, content.subarray(0, 1000));
    expect([landing.received, store.partials.all()[0]?.octets]).toEqual([2 * MiB, 0]);
    landing.write(1000, content.subarray(1000, 5000));
    landing.keep();
    const again = await resume(store, clock, file);
    expect(again?.received).toBe(5000);
    again?.write(5000, content.subarray(5000));
    expect(await again?.finish(expected)).toMatchObject({ verified: "yes" });
  });

  it("nothing is kept of a file that cannot be recognised again, nor of one of which nothing came", () => {
    for (const hashes of [{}, { md5: "00" }] as Record<string, string>[]) {
      const { folder, begin } = setUp(content, hashes);
      const landing = begin();
      landing.write(0, content.subarray(0, 1000));
      landing.keep();
      expect(parts(folder)).toEqual([]);
    }
    const { folder, store, file, begin } = setUp();
    begin().keep();
    expect(parts(folder)).toEqual([]);
    expect(store.partials.find(file)).toBeUndefined();
  });

  it("is spared by the sweep at start; parts of nobody are not", () => {
    const { store, folder, begin } = setUp();
    const kept = begin("kept");
    kept.write(0, content.subarray(0, 10));
    kept.keep();
    writeFileSync(join(folder, partFileName("stray")), "x");
    store.partials.sweep();
    expect(sweepParts(folder, store.partials.idsIn(folder))).toEqual(["stray"]);
    expect(parts(folder)).toEqual([partFileName("kept")]);
  });
});

describe("what a journal claims is read again", () => {
  const broken = async (damage: (path: string) => void, most?: number) => {
    const { clock, store, folder, file, begin, expected } = setUp();
    const landing = begin("p");
    for (let at = 0; at < 4 * MiB; at += MiB) {
      landing.write(at, content.subarray(at, at + MiB));
      clock.advance(LIMITS.partialPause);
    }
    landing.keep();
    damage(join(folder, partFileName("p")));
    const again = await resume(store, clock, file, most);
    const received = again?.received;
    if (again === undefined) return { received, left: parts(folder), row: store.partials.find(file) };
    again.write(again.received, content.subarray(again.received));
    const landed = await again.finish(expected);
    expect(readFileSync(landed.path).equals(content)).toBe(true);
    return { received, left: parts(folder), row: store.partials.find(file) };
  };

  it("a part that was altered on disk counts up to the last note before it", async () => {
    const flip = (at: number) => (path: string) => {
      const bytes = readFileSync(path);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    };
    expect(await broken(() => undefined)).toEqual({ received: 4 * MiB, left: [], row: undefined });
    expect((await broken(flip(2 * MiB + 5))).received).toBe(2 * MiB);
    expect(await broken(flip(0))).toEqual({ received: undefined, left: [], row: undefined });
  });

  it("a part that was cut short, removed or made longer", async () => {
    expect((await broken((path) => truncateSync(path, 3 * MiB + 7))).received).toBe(3 * MiB);
    expect((await broken((path) => truncateSync(path, 7))).received).toBeUndefined();
    expect((await broken((path) => writeFileSync(path, "lie", { flag: "a" }))).received).toBe(4 * MiB);
  });

  it("a part that has a second name, as after a kill between name and note, is not written to", async () => {
    const { store, folder, file, begin, clock } = setUp();
    const landing = begin("p");
    landing.write(0, content.subarray(0, 100));
    landing.keep();
    linkSync(join(folder, partFileName("p")), join(folder, "mine.bin"));
    expect(await resume(store, clock, file)).toBeUndefined();
    settleNames(folder, () => true);
    store.partials.sweep();
    expect(store.partials.all()).toEqual([]);
    expect(readdirSync(folder)).toEqual(["mine.bin"]);
    expect(statSync(join(folder, "mine.bin")).size).toBe(100);
  });

  it("stopped while it is read, it stays as it was", async () => {
    const { store, folder, file, begin, clock } = setUp();
    const landing = begin("p");
    landing.write(0, content.subarray(0, 3 * MiB));
    landing.keep();
    const journal = store.partials.claim("p");
    if (journal === undefined) throw new Error("not there");
    const options = { folder, name, id: "p", hashes: file.hashes, clock, journal, signal: AbortSignal.abort() };
    await expect(Landing.resume(options, file.size)).rejects.toMatchObject({ code: "INLET_TRANSFER_CANCELLED" });
    expect((await resume(store, clock, file))?.received).toBe(3 * MiB);
  });
});

it("any break, damage and second beginning gives the right octets, or none", async () => {
  const small = randomBytes(40_000);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: small.length - 1 }),
      fc.array(fc.nat({ max: 9000 }), { maxLength: 6 }),
      fc.nat({ max: small.length }),
      fc.option(fc.nat({ max: small.length - 1 }), { nil: undefined }),
      fc.boolean(),
      async (broke, steps, most, damage, breakAgain) => {
        const { clock, store, folder, file, begin, expected } = setUp(small);
        const landing = begin("p");
        let at = 0;
        for (const step of [...steps, broke]) {
          const end = Math.min(at + step, broke);
          landing.write(at, small.subarray(at, end));
          at = end;
        }
        landing.keep();
        if (damage !== undefined && damage < broke) {
          const path = join(folder, partFileName("p"));
          const bytes = readFileSync(path);
          bytes[damage] = (bytes[damage] ?? 0) ^ 255;
          writeFileSync(path, bytes);
        }
        let again = (await resume(store, clock, file, most)) ?? begin("q");
        expect(again.received).toBeLessThanOrEqual(Math.min(broke, most));
        if (breakAgain) {
          const middle = Math.floor((again.received + small.length) / 2);
          again.write(again.received, small.subarray(again.received, middle));
          again.keep();
          again = (await resume(store, clock, file)) ?? begin("r");
        }
        again.write(again.received, small.subarray(again.received));
        const landed = await again.finish(expected);
        expect(readFileSync(landed.path).equals(small)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

describe("whose part it is", () => {
  const kept = (hashes: Record<string, string>) => {
    const all = setUp(content, hashes);
    const landing = all.begin();
    landing.write(0, content.subarray(0, 500));
    landing.keep();
    return all;
  };
  const [one, two] = [hex("sha1", content), hex("sha256", content)];

  it("the same file by the strongest hash that both offers state", () => {
    const { store, file } = kept({ "sha-1": one, "sha-256": two });
    const find = (hashes: Record<string, string>) => store.partials.find({ ...file, hashes })?.octets;
    expect(find({ "sha-1": one.toUpperCase().replace(/..(?!$)/g, "$&:") })).toBe(500);
    expect(find({ "sha-256": two, "sha-1": "00" })).toBe(500);
    expect(find({ "sha-256": "00", "sha-1": one })).toBeUndefined();
    expect(find({ "sha-512": two })).toBeUndefined();
    expect(find({})).toBeUndefined();
  });

  it("another size, account, sender or folder is another file", () => {
    const { store, file } = kept({ "sha-256": two });
    for (const other of [
      { size: 5 },
      { size: undefined },
      { account: "sip:x@y" },
      { sender: "sip:x@y" },
      { folder: "/" },
    ])
      expect(store.partials.find({ ...file, ...other })).toBeUndefined();
    expect(store.partials.find(file)?.octets).toBe(500);
  });

  it("resumed with another algorithm stated, the file is verified by that one", async () => {
    const { store, clock, file } = kept({ "sha-1": one });
    const hashes = { "sha-1": one, "sha-256": hex("sha256", Buffer.from("other")) };
    const again = await resume(store, clock, file);
    again?.write(500, content.subarray(500));
    await expect(again?.finish({ size: content.length, hashes })).rejects.toMatchObject({
      code: "INLET_TRANSFER_HASH_MISMATCH",
    });
    expect(parts(file.folder)).toEqual([]);
    expect(store.partials.find(file)).toBeUndefined();
  });
});

describe("bounds", () => {
  const three = () => {
    const all = setUp();
    for (const id of ["a", "b", "c"]) {
      const landing = all.begin(id);
      landing.write(0, content.subarray(0, 1000));
      landing.keep();
      all.clock.advance(1000);
    }
    return all;
  };

  it("partialAge: a part that is older goes", () => {
    const { clock, store, folder } = three();
    clock.advance(LIMITS.partialAge - 1500);
    store.partials.sweep();
    expect(parts(folder)).toEqual([partFileName("c")]);
    expect([...store.partials.idsIn(folder)]).toEqual(["c"]);
  });

  it("partialOctets, partialCount: of more than that the oldest go, never one in use", () => {
    const { store, folder, file, begin } = three();
    const big = begin("d");
    const journal = store.partials.claim("a");
    store.partials.sweep();
    expect(parts(folder)).toHaveLength(4);
    store.partials.sweep({ octets: 1500 });
    expect(parts(folder).sort()).toEqual(["a", "c", "d"].map(partFileName));
    journal?.close();
    big.discard();
    store.partials.sweep({ count: 1 });
    expect(parts(folder)).toEqual([partFileName("c")]);
    store.partials.dropAll(file);
    expect(parts(folder)).toEqual([]);
  });
});

it("a transfer goes on when its journal cannot be written", async () => {
  const { clock, folder, expected } = setUp();
  const full = (): never => {
    throw new InletError("INLET_DISK_FULL");
  };
  const journal = {
    algorithm: "sha-256" as const,
    octets: 0,
    checkpoints: () => [],
    note: full,
    cut: full,
    forget: full,
    close: full,
  };
  const landing = Landing.begin({ folder, name, id: "x", hashes: expected.hashes, clock, journal });
  landing.write(0, content);
  expect(await landing.finish(expected)).toMatchObject({ verified: "yes" });
  const second = Landing.begin({ folder, name, id: "y", hashes: expected.hashes, clock, journal });
  second.write(0, content);
  expect(codeOf(() => second.keep())).toBe("nothing thrown");
  expect(parts(folder)).toEqual([]);
});
