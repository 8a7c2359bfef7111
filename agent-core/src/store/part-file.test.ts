import { linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Landing } from "./landing.ts";
import { settleNames, sweepParts } from "./part-file.ts";
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

it("C1: a name that was given but not recorded is taken back, and the part stays; of a recorded one the part goes", () => {
  const folder = temporaryFolder();
  for (const name of ["unrecorded", "recorded"]) {
    writeFileSync(join(folder, `.${name}.inlet-part`), name);
    linkSync(join(folder, `.${name}.inlet-part`), join(folder, name));
  }
  writeFileSync(join(folder, ".other.inlet-part"), "x");
  writeFileSync(join(folder, "mine"), "unrecorded");
  linkSync(join(folder, "mine"), join(folder, "mine too"));
  const known = (path: string, size: number): boolean => path === join(folder, "recorded") && size === 8;
  for (let start = 0; start < 2; start++) {
    settleNames(folder, known);
    expect(readdirSync(folder).sort()).toEqual(
      [".other.inlet-part", ".unrecorded.inlet-part", "mine", "mine too", "recorded"].sort(),
    );
  }
});
