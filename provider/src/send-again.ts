/**
 * Files whose transfer broke are offered again after a pause, each under a new transfer id: a receiver that kept what had
 * come answers with the range it still wants (RFC 5547 §8.4). What was refused, or could never begin, is not repeated.
 */
import { type Clock, InletError, millis } from "@inlet/agent-core/kernel";
import type { ConnectedAgent } from "./connected-agent.ts";
import { type PushOptions, pushFiles } from "./push-files.ts";
import type { FileResult } from "./send-result.ts";

/** Before the second and the third attempt, in milliseconds: time for a receiver to come back. */
const PAUSES = [2_000, 10_000] as const;

const BROKEN: ReadonlySet<string> = new Set([
  "INLET_MSRP_CONNECTION_LOST",
  "INLET_MSRP_TIMEOUT",
  "INLET_SIP_CONNECTION_LOST",
]);
/** Of an attempt that follows one that broke. */
const NOT_BACK: ReadonlySet<string> = new Set([
  "INLET_SEND_UNAVAILABLE",
  "INLET_SIP_CONNECTION_FAILED",
  "INLET_SIP_TIMEOUT",
  "INLET_MSRP_CONNECTION_FAILED",
]);

export interface Attempt {
  /** Places in `files`. */
  readonly files: readonly number[];
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

export interface RepeatedPush extends PushOptions {
  /** The connection that stands, or a new one. */
  connect(): Promise<ConnectedAgent>;
  /** A further attempt comes, after a pause. */
  onRetry?(attempt: Attempt): void;
}

/** Fails as `pushFiles` does, at the first attempt only. */
export async function pushUntilSent(push: RepeatedPush): Promise<FileResult[]> {
  const results = await pushFiles(await push.connect(), push);
  for (const [index, pause] of PAUSES.entries()) {
    const again = results.flatMap(({ outcome, reason }, at) => {
      const code = outcome === "failed" ? (reason?.code ?? "") : "";
      return BROKEN.has(code) || (index > 0 && NOT_BACK.has(code)) ? [at] : [];
    });
    if (again.length === 0) break;
    push.onRetry?.({ files: again, number: index + 1, of: PAUSES.length });
    if (!(await waited(push.clock, pause, push.signal))) break;
    const repeated = await repeat(push, again);
    for (const [place, at] of again.entries()) {
      const result = repeated[place];
      if (result !== undefined) results[at] = result;
    }
  }
  return results;
}

async function repeat(push: RepeatedPush, again: readonly number[]): Promise<FileResult[]> {
  const files = again.flatMap((at) => push.files[at] ?? []);
  try {
    return await pushFiles(await push.connect(), {
      ...push,
      files,
      onProgress: (place, octets) => push.onProgress?.(again[place] ?? place, octets),
    });
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return files.map(({ path }) => ({ file: path, outcome: "failed", reason: error.reason }));
  }
}

/** False when it was cancelled. */
async function waited(clock: Clock, pause: number, signal: AbortSignal | undefined): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = (): void => resolve(false);
  signal?.addEventListener("abort", cancel, { once: true });
  using _ = clock.after(millis(pause), () => resolve(true));
  if (signal?.aborted === true) cancel();
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
