/**
 * The key under which Inlet's own secrets lie on disk. A host that has the system's keyring keeps it there and hands it in.
 * Elsewhere it lies in the data folder, readable by its owner alone: it then protects copies of the other files, no more.
 */
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Log, randomToken } from "../kernel/index.ts";
import { onDisk } from "./disk-error.ts";

const FILE = "secret.key";
const BITS = 256;

/** `given`: from a keyring; a key that lay in the folder before is removed. INLET_DISK_FAILED, INLET_DISK_FULL. */
export function secretKey(dataDir: string, given: string | undefined, log: Log): string {
  const path = join(dataDir, FILE);
  return onDisk(() => {
    if (given !== undefined) {
      rmSync(path, { force: true });
      return given;
    }
    return readKey(path) ?? keepKey(path, log);
  });
}

function readKey(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  chmodSync(path, 0o600);
  const key = readFileSync(path, "latin1");
  return key.length === randomToken(BITS).length ? key : undefined;
}

function keepKey(path: string, log: Log): string {
  const key = randomToken(BITS);
  const made = `${path}.new`;
  rmSync(made, { force: true });
  writeFileSync(made, key, { mode: 0o600, flag: "wx" });
  renameSync(made, path);
  log("warn", "store.secretKey.inFile", {
    detail: "no keyring of the system: the key of Inlet's secrets lies in a file",
  });
  return key;
}
