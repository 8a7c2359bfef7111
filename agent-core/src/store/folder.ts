/** Folders that must be there: made where they are not. INLET_DISK_FAILED, INLET_DISK_FULL. */
import { mkdirSync } from "node:fs";
import { onDisk } from "./disk-error.ts";

export function makeFolder(path: string): void {
  onDisk(() => mkdirSync(path, { recursive: true, mode: 0o700 }));
}
