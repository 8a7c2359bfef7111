/** What is to happen to the agent, and at which of its calls to the disk. */
export type Errno = "ENOSPC" | "EIO" | "EACCES" | "EMFILE" | "short";

export interface Plan {
  /** `kill`: SIGKILL. `powerloss`: the same, and what was not flushed is gone. `count`: nothing happens. */
  readonly act: "kill" | "powerloss" | "count" | Errno;
  /** The number of the call, from 1. */
  readonly at: number;
  /** Pattern of the calls that count: `linkSync files/a.bin`, `sql INSERT INTO items …`. */
  readonly only?: string;
  /** They count after a call of this pattern. */
  readonly since?: string;
  /** After the call instead of before it. */
  readonly after?: boolean;
  /** All calls from that one on fail. */
  readonly lasting?: boolean;
  /** The disk knows no hard links, as FAT. */
  readonly noLinks?: boolean;
  /** Power loss: names are on disk at once, content is not. */
  readonly keepNames?: boolean;
}

export interface Report {
  readonly armed?: true;
  /** The call. */
  readonly fired?: string;
}

export const NOTHING: Plan = { act: "count", at: Number.MAX_SAFE_INTEGER };
