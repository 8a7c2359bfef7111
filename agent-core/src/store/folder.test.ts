import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "./folder.ts";

function somewhere(): string {
  const dir = mkdtempSync(join(tmpdir(), "inlet-folder-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

it("makes what is missing of the way, for its user alone, and takes what is there", () => {
  const deep = join(somewhere(), "a", "b", "c");
  makeFolder(deep);
  makeFolder(deep);
  expect(statSync(join(deep, "..")).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o700);
  expect(statSync(deep).isDirectory()).toBe(true);
});

it("says so where a file is in the way", () => {
  const file = join(somewhere(), "file");
  writeFileSync(file, "");
  for (const path of [file, join(file, "a"), join(file, "a", "b")]) {
    expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: "INLET_DISK_FAILED" }));
  }
});

// Where a system has no /proc, its own reason is as good.
it("does not ask for ever where no folder can be made, like in /proc or under an automounter", () => {
  const module = pathToFileURL(join(import.meta.dirname, "folder.ts")).href;
  const script = `import { makeFolder } from ${JSON.stringify(module)};
    try { makeFolder("/proc/inlet/a"); } catch (error) { console.log(error.code); }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 60_000 });
  expect(stdout.toString().trim()).toBe("INLET_DISK_FAILED");
});
