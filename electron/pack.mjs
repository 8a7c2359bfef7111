/**
 * `npm run pack -w electron`: an unpacked application in release/ (or the folder given), by electron-builder. Where Electron's binary cannot
 * be had, a stand-in takes its place: the configuration, the archive and the fuses are real, and nothing would run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const HERE = import.meta.dirname;
const REAL = join(HERE, "../node_modules/electron/dist");
/** What @electron/fuses looks for in the binary; version 1, then one octet a fuse ("r": removed, "0", "1"). */
const SENTINEL = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
const FUSES = 8;

function standIn() {
  const folder = mkdtempSync(join(tmpdir(), "inlet-electron-"));
  const wire = [Buffer.from(SENTINEL), Buffer.from([1, FUSES]), Buffer.alloc(FUSES, "0")];
  writeFileSync(join(folder, "electron"), Buffer.concat([Buffer.alloc(64), ...wire, Buffer.alloc(64)]), {
    mode: 0o755,
  });
  writeFileSync(join(folder, "version"), "45.4.1");
  mkdirSync(join(folder, "resources"));
  mkdirSync(join(folder, "locales"));
  for (const name of ["en-US", "de"]) writeFileSync(join(folder, "locales", `${name}.pak`), "");
  return folder;
}

const real = existsSync(REAL);
const folder = real ? REAL : standIn();
if (!real) console.log("Electron's binary is not here: packing with a stand-in, which does not run.");
const output = process.argv[2] ?? "release";
const options = ["--dir", "--linux", `-c.electronDist=${folder}`, `-c.directories.output=${output}`];
const { status } = spawnSync(process.execPath, [join(HERE, "../node_modules/electron-builder/cli.js"), ...options], {
  cwd: HERE,
  stdio: "inherit",
});
if (!real) rmSync(folder, { recursive: true });
process.exit(status ?? 1);
