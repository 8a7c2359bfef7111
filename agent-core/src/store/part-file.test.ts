import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Landing } from "./landing.ts";
import { sweepParts, takeBackNames } from "./part-file.ts";
import { toSafeFileName } from "./safe-file-name.ts";
import { temporaryFolder } from "./testing.ts";

it("parts that no transfer owns are swept, and nothing else", () => {
  const folder = temporaryFolder();
  using owned = Landing.begin({ folder, name: toSafeFileName("a"), id: "owned" });
  owned.write(0, Buffer.from("x"));
  Landing.begin({ folder, name: toSafeFileName("b"), id: "left-behind.1" });
  const kept = ["a.inlet-part", ".x.inlet-part.txt", ".inlet-part", "..inlet-part", ".a b.inlet-part", "photo.jpg"];
  for (const name of kept) writeFileSync(join(folder, name), "mine");
  mkdirSync(join(folder, ".folder.inlet-part"));
  symlinkSync(join(folder, "photo.jpg"), join(folder, ".link.inlet-part"));
  expect(sweepParts(folder, new Set(["owned"]))).toEqual(["left-behind.1"]);
  expect(readdirSync(folder).sort()).toEqual(
    [...kept, ".folder.inlet-part", ".link.inlet-part", ".owned.inlet-part"].sort(),
  );
});

it("a folder that does not exist has nothing to sweep", () => {
  expect(sweepParts(join(temporaryFolder(), "none"))).toEqual([]);
});

it("C1: a name that was given but not recorded is taken back, and the part stays; a recorded one is left alone", () => {
  const folder = temporaryFolder();
  for (const name of ["unrecorded", "recorded"]) {
    writeFileSync(join(folder, `.${name}.inlet-part`), name);
    linkSync(join(folder, `.${name}.inlet-part`), join(folder, name));
  }
  writeFileSync(join(folder, ".other.inlet-part"), "x");
  linkSync(join(folder, "recorded"), join(folder, "copy of the person's"));
  writeFileSync(join(folder, "mine"), "unrecorded");
  const known = (path: string, size: number): boolean => path !== join(folder, "unrecorded") && size > 0;
  expect(takeBackNames(folder, known)).toEqual([join(folder, "unrecorded")]);
  expect(readdirSync(folder).sort()).toEqual(
    [
      ".other.inlet-part",
      ".recorded.inlet-part",
      ".unrecorded.inlet-part",
      "copy of the person's",
      "mine",
      "recorded",
    ].sort(),
  );
  expect(takeBackNames(folder, known)).toEqual([]);
});
