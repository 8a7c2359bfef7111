/** A message to be sent, and what became of it. */
import type { FailureReport } from "../wire/msrp/index.ts";
import type { Source } from "./source.ts";

export interface SendOptions {
  readonly contentType: string;
  /** Content-Disposition, Content-Description and the like. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Octets of the message; undefined: known only when the source ends. */
  readonly size?: number;
  /** A file's path, or the octets; an iterable must not reuse what it has handed out. */
  readonly read: Source;
  /** Octets of one chunk, default 256 KiB. */
  readonly chunkSize?: number;
  readonly successReport?: boolean;
  readonly failureReport?: FailureReport;
  readonly messageId?: string;
  /** Chunks that may wait for their answer; default: as many as 4 MiB hold. */
  readonly window?: number;
  /** Octets the other side has answered for. */
  onProgress?(octets: number): void;
  /** Aborting it ends the message with `#`. */
  readonly signal?: AbortSignal;
}

export interface SendResult {
  /** `confirmed`: a success REPORT came. `delivered`: taken by the next hop, as far as it says. */
  readonly status: "confirmed" | "delivered";
}
