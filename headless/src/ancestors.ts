/**
 * Whose death ends this program when npm started it. npm runs a script through a shell that outlives npm when npm is
 * killed, so npm is watched behind it. Without npm between, nobody is watched: a shell may well end before.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Ancestor {
  readonly parent: number;
  /** The name of its program. */
  readonly command: string;
}

const SHELLS = new Set(["sh", "dash", "bash", "zsh", "ksh", "ash"]);

/** The processes to watch, nearest first. */
export function watched(
  parent: number,
  npm: boolean,
  look: (pid: number) => Ancestor | undefined = lookUp,
): readonly number[] {
  if (!npm) return [];
  const found = look(parent);
  const isShell = found !== undefined && SHELLS.has(basename(found.command).replace(/^-/, ""));
  return isShell && found.parent > 1 ? [parent, found.parent] : [parent];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function lookUp(pid: number): Ancestor | undefined {
  if (process.platform === "win32") return undefined;
  try {
    if (process.platform === "linux") {
      // proc_pid_stat(5): "pid (comm) state ppid …"; the name itself may hold parentheses.
      const match = /\((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
      return match === null ? undefined : { parent: Number(match[2]), command: match[1] ?? "" };
    }
    const line = execFileSync("ps", ["-o", "ppid=", "-o", "comm=", "-p", `${pid}`], { encoding: "utf8" });
    const match = /^\s*(\d+)\s+(.+?)\s*$/.exec(line);
    return match === null ? undefined : { parent: Number(match[1]), command: match[2] ?? "" };
  } catch {
    return undefined;
  }
}
