import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { ReceivingFolder } from "./receiving-folder.ts";
import { codeOf, temporaryFolder } from "./testing.ts";

let path: string;
let disk: string | undefined;
const known = {
  get: () => disk,
  set: (mount: string): void => {
    disk = mount;
  },
};

beforeEach(() => {
  path = join(temporaryFolder(), "in");
  disk = undefined;
});

it("a folder that is missing is made, and made again; where its disk is, is remembered", () => {
  const folder = new ReceivingFolder(path, known);
  folder.use();
  expect(statSync(path).isDirectory()).toBe(true);
  expect(path.startsWith(disk ?? "?")).toBe(true);
  rmSync(path, { recursive: true });
  folder.use();
  expect(statSync(path).isDirectory()).toBe(true);
});

it("a file in its place, or in that of a folder above it, is said, and it goes on when that is gone", () => {
  for (const taken of [path, dirname(path)]) {
    const folder = new ReceivingFolder(path, known);
    folder.use();
    renameSync(taken, `${taken}.away`);
    writeFileSync(taken, "");
    expect(codeOf(() => folder.use())).toBe("INLET_FOLDER_TAKEN");
    rmSync(taken);
    renameSync(`${taken}.away`, taken);
    folder.use();
  }
});

it("a link is followed where the person has one, and not where one was put in the place of the folder", () => {
  const elsewhere = temporaryFolder();
  symlinkSync(elsewhere, path);
  new ReceivingFolder(path, known).use();
  rmSync(path);
  const folder = new ReceivingFolder(path, known);
  folder.use();
  rmSync(path, { recursive: true });
  symlinkSync(elsewhere, path);
  expect(codeOf(() => folder.use())).toBe("INLET_FOLDER_TAKEN");
  rmSync(path);
  symlinkSync(join(elsewhere, "nothing"), path);
  expect(codeOf(() => folder.use())).toBe("INLET_FOLDER_GONE");
});

it("where its disk is not connected, nothing is made in its place; what lies there all the same is used", () => {
  disk = dirname(path);
  expect(codeOf(() => new ReceivingFolder(path, known).use())).toBe("INLET_FOLDER_GONE");
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  mkdirSync(path);
  disk = path;
  expect(codeOf(() => new ReceivingFolder(path, known).use())).toBe("INLET_FOLDER_GONE");
  writeFileSync(join(path, "a file of the person's"), "");
  new ReceivingFolder(path, known).use();
  expect(disk).not.toBe(path);
});
