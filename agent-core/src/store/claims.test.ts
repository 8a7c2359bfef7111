import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore, temporaryFolder } from "./testing.ts";

it("C1: a name that was noted: an unrecorded file is a part again, a reservation goes, and what is another's stays", () => {
  const folder = temporaryFolder();
  const { claims } = openStore();
  const intend = (name: string, size = 7, elsewhere = folder): void => {
    const [part, path] = [join(folder, `.${name}.inlet-part`), join(elsewhere, name)];
    const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    claims.intend({ part, path, size, modifiedAt });
  };
  for (const name of ["unrecorded", "recorded", "another's"]) writeFileSync(join(folder, name), "content");
  writeFileSync(join(folder, "reserved"), "");
  writeFileSync(join(folder, ".reserved.inlet-part"), "content");
  for (const name of ["unrecorded", "recorded", "reserved", "never there"]) intend(name);
  intend("another's", 9);
  intend("in a folder that is not there", 7, join(folder, "away"));
  for (let start = 0; start < 2; start++) {
    claims.settle(folder, (path) => path.endsWith("/recorded"));
    expect(readdirSync(folder).sort()).toEqual([
      ".reserved.inlet-part",
      ".unrecorded.inlet-part",
      "another's",
      "recorded",
    ]);
  }
});
