/** What the operating system says about a file, as an error of the catalogue. Carries the errno name, never a path. */
import { InletError } from "../kernel/index.ts";

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** The errno name of a failed system call; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** INLET_DISK_FULL or INLET_DISK_FAILED for a failed system call; anything else (a bug) as it is. */
export function toDiskError(error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  return new InletError(FULL.has(errno) ? "INLET_DISK_FULL" : "INLET_DISK_FAILED", errno, { cause: error });
}

/** Runs `fn`, a failed system call coming out as an error of the catalogue. */
export function onDisk<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw toDiskError(error);
  }
}
