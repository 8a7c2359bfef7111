import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Landing } from "./landing.ts";
import { sweepParts } from "./part-file.ts";
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
