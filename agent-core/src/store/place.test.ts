import { closeSync, lstatSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { InletError } from "../kernel/index.ts";
import { claimByLink, claimByReservation, type Part, placeBy } from "./place.ts";
import { toSafeFileName } from "./safe-file-name.ts";
import { temporaryFolder } from "./testing.ts";

function partIn(folder: string, name: string): Part {
  const path = join(folder, ".p.inlet-part");
  writeFileSync(path, "received");
  const fd = openSync(path, "r+");
  onTestFinished(() => closeSync(fd));
  return { fd, path, folder, name: toSafeFileName(name) };
}

// Reservation is for FAT and its like; it works on any file system, and so is tested on this one.
describe.each([
  ["by link", claimByLink],
  ["by reservation", claimByReservation],
])("a part is placed %s", (_, claim) => {
  it("under its name, and the part is gone", async () => {
    const folder = temporaryFolder();
    expect(await placeBy(partIn(folder, "a.txt"), claim)).toBe(join(folder, "a.txt"));
    expect(readdirSync(folder)).toEqual(["a.txt"]);
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("received");
  });

  it("not over a file or link that another process put there after the folder was read", () => {
    const folder = temporaryFolder();
    const part = partIn(folder, "a.txt");
    writeFileSync(join(folder, "a.txt"), "mine");
    symlinkSync("/nowhere/at/all", join(folder, "b.txt"));
    expect(() => claim(part, join(folder, "a.txt"))).toThrow("EEXIST");
    expect(() => claim(part, join(folder, "b.txt"))).toThrow("EEXIST");
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("mine");
    expect(lstatSync(part.path).size).toBe(8);
  });

  it("and taken back when the folder cannot be flushed", () => {
    const folder = temporaryFolder();
    const part = partIn(folder, "a.txt");
    claim(part, join(folder, "a.txt")).undo();
    expect(readdirSync(folder)).toEqual([".p.inlet-part"]);
    expect(readFileSync(part.path, "utf8")).toBe("received");
  });

  it("and taken back when it cannot be recorded", async () => {
    const folder = temporaryFolder();
    const part = partIn(folder, "a.txt");
    const full = new InletError("INLET_DISK_FULL");
    const placed = placeBy(part, claim, () => {
      throw full;
    });
    await expect(placed).rejects.toBe(full);
    expect(readdirSync(folder)).toEqual([".p.inlet-part"]);
    expect(await placeBy(part, claim)).toBe(join(folder, "a.txt"));
  });
});
