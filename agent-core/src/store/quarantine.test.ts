import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InletError, LIMITS, ManualClock } from "../kernel/index.ts";
import { Landing } from "./landing.ts";
import { Quarantine } from "./quarantine.ts";
import { release } from "./release.ts";
import { toSafeFileName } from "./safe-file-name.ts";

let dir: string;
let folder: string;
let clock: ManualClock;
let quarantine: Quarantine;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "inlet-aside-"));
  folder = join(dir, "in");
  mkdirSync(folder);
  clock = new ManualClock();
  quarantine = new Quarantine(join(dir, "data"), clock);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SHA1_OF_ELSE = "AA:".repeat(19).concat("AA");

async function mismatch(id: string, content: string): Promise<void> {
  const aside = (path: string): Promise<void> => quarantine.take(path, id);
  const landing = Landing.begin({ folder, name: toSafeFileName("a.txt"), id, aside });
  landing.write(0, Buffer.from(content));
  const finished = landing.finish({ hashes: { "sha-1": SHA1_OF_ELSE } });
  await expect(finished).rejects.toMatchObject({ code: "INLET_TRANSFER_HASH_MISMATCH" });
}

it("F10: content whose hash differs is in quarantine, whole, and not in the folder", async () => {
  await mismatch("one", "not this");
  expect(readdirSync(folder)).toEqual([]);
  const found = quarantine.find("one");
  expect(found?.size).toBe(8);
  expect(readFileSync(found?.path ?? "", "utf8")).toBe("not this");
  expect(statSync(found?.path ?? "").mode & 0o777).toBe(0o600);
});

it("F10: let out, it gets a name of its own in the folder, and is aside no more", async () => {
  writeFileSync(join(folder, "a.txt"), "mine");
  await mismatch("one", "not this");
  const released = await release(quarantine, "one", { folder, name: toSafeFileName("a.txt") }, () => undefined);
  expect(released).toMatchObject({ path: join(folder, "a (2).txt"), size: 8 });
  expect(readFileSync(join(folder, "a (2).txt"), "utf8")).toBe("not this");
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("mine");
  expect(readdirSync(folder)).toHaveLength(2);
  expect(quarantine.find("one")).toBeUndefined();
  expect(await release(quarantine, "one", { folder, name: toSafeFileName("a.txt") }, () => undefined)).toBeUndefined();
});

it("F10, K1: let out but not recorded, it is aside as before, and in the folder under no name", async () => {
  await mismatch("one", "not this");
  const full = new InletError("INLET_DISK_FULL");
  const failing = release(quarantine, "one", { folder, name: toSafeFileName("a.txt") }, () => {
    throw full;
  });
  await expect(failing).rejects.toBe(full);
  expect(readdirSync(folder)).toEqual([]);
  expect(readFileSync(quarantine.find("one")?.path ?? "", "utf8")).toBe("not this");
});

it("F10, C1: killed while it was let out, it can be let out again", async () => {
  await mismatch("one", "not this");
  await quarantine.copy("one", join(folder, ".aside-one.inlet-part"));
  const released = await release(quarantine, "one", { folder, name: toSafeFileName("a.txt") }, () => undefined);
  expect(readdirSync(folder)).toEqual(["a.txt"]);
  expect(readFileSync(released?.path ?? "", "utf8")).toBe("not this");
});

it("F10: thrown away, it is gone; a second time harms nothing", async () => {
  await mismatch("one", "not this");
  quarantine.drop("one");
  quarantine.drop("one");
  expect(quarantine.find("one")).toBeUndefined();
});

it("quarantineAge, quarantineOctets: what is too old goes, and the oldest of what is too much", async () => {
  for (const [id, age] of [
    ["old", LIMITS.quarantineAge + 1000],
    ["older", 60_000],
    ["newer", 30_000],
    ["newest", 0],
  ] as const) {
    await mismatch(id, "0123456789");
    const at = (clock.now() - age) / 1000;
    utimesSync(quarantine.find(id)?.path ?? "", at, at);
  }
  quarantine.sweep(20);
  expect(["old", "older", "newer", "newest"].filter((id) => quarantine.find(id) !== undefined)).toEqual([
    "newer",
    "newest",
  ]);
});

it("a link in its place is not followed", async () => {
  await mismatch("one", "x");
  rmSync(join(dir, "data/quarantine/one"));
  mkdirSync(join(dir, "data/quarantine/one"));
  expect(quarantine.find("one")).toBeUndefined();
  expect(existsSync(join(folder, "a.txt"))).toBe(false);
});
