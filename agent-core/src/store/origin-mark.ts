/**
 * The mark that a file came from outside, as each system keeps it, so that it asks before it runs what is in it. Set on the
 * part, before it has its name: no moment passes in which the file is there without it. A file system that has no place
 * for it (FAT) goes without.
 *
 *   Windows   stream Zone.Identifier, ZoneId=3        macOS   com.apple.quarantine, by xattr(1)
 *   Linux     user.xdg.origin.url, by setfattr(1) where it is installed; what counts there is that no execute bit is set
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";

export type OriginMark =
  | { readonly write: string; readonly text: string }
  | { readonly run: string; readonly args: readonly string[] };

/** `from`: URI of the sender. `now`: milliseconds since 1970. undefined: the system has no such mark. */
export function originMark(platform: NodeJS.Platform, path: string, from: string, now: number): OriginMark | undefined {
  // One line of visible ASCII, whatever the sender's name is made of.
  const origin = encodeURI(from.toWellFormed())
    .replaceAll(/[^!-~]/g, "")
    .slice(0, 1000);
  switch (platform) {
    case "win32": {
      const zone = ["[ZoneTransfer]", "ZoneId=3", `HostUrl=${origin}`, ""].join("\r\n");
      return { write: `${path}:Zone.Identifier`, text: zone };
    }
    case "darwin": {
      const value = `0081;${Math.floor(now / 1000).toString(16)};Inlet;`;
      return { run: "/usr/bin/xattr", args: ["-w", "com.apple.quarantine", value, path] };
    }
    case "linux":
      return { run: "/usr/bin/setfattr", args: ["-n", "user.xdg.origin.url", "-v", origin, path] };
    default:
      return undefined;
  }
}

const run = promisify(execFile);
const TOOLS = new Map<string, boolean>();

function isThere(tool: string): boolean {
  const known = TOOLS.get(tool) ?? existsSync(tool);
  TOOLS.set(tool, known);
  return known;
}

/** Marks that are set by a program are set one after the other: each program costs a handful of file descriptors. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** False where it could not be set. */
export async function markOrigin(path: string, from: string, now: number): Promise<boolean> {
  const mark = originMark(process.platform, path, from, now);
  if (mark === undefined) return false;
  try {
    if ("write" in mark) await writeFile(mark.write, mark.text);
    else if (isThere(mark.run)) await inTurn(() => run(mark.run, mark.args, { timeout: 5000 }));
    else return false;
    return true;
  } catch {
    // No place for it on this disk, or no right; the file is as safe as its kind and its missing execute bit make it.
    return false;
  }
}
