/** How many files and connections the system lets this process have open at once (RLIMIT_NOFILE), and what that leaves for each kind. */
import { LIMITS } from "./limits.ts";

/** undefined where the system knows no such limit. */
function openFilesLimit(): number | undefined {
  // Otherwise it asks for the names of all peers, and waits for them.
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : undefined;
}

/** A third each for files that are received, for connections of those who come, and for those that are made. */
export function descriptorShare(limit = openFilesLimit()): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.floor((limit - LIMITS.descriptorReserve) / 3));
}
