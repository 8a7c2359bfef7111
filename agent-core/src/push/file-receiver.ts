/**
 * One accepted file: an MSRP message becomes a verified file and an item, in the order of promise 1: octets flushed,
 * verified, renamed into place, recorded; only then does `complete` resolve and the sender hears of it.
 */
import { InletError, type Log, type Reason } from "../kernel/index.ts";
import type { MessageHead, MessageSink } from "../msrp/index.ts";
import type { Landed, Landing } from "../store/index.ts";
import { parseContentType } from "../wire/multipart/index.ts";
import { CpimUnwrapper } from "./cpim-unwrapper.ts";

/** After these, what came is no good, or not wanted. After any other it may be gone on with. */
const WORTHLESS: ReadonlySet<string> = new Set([
  "INLET_TRANSFER_CANCELLED",
  "INLET_TRANSFER_HASH_MISMATCH",
  "INLET_TRANSFER_SIZE_MISMATCH",
  "INLET_TRANSFER_TOO_LARGE",
  "INLET_TRANSFER_SCATTERED",
  "INLET_CPIM_INVALID",
]);

/** A transfer ended before its file was whole. */
export function leavePart(landing: Landing, why: Reason): void {
  if (WORTHLESS.has(why.code)) landing.discard();
  else landing.keep();
}

export interface FileReceiverOptions {
  readonly landing: Landing;
  /** Octets of the file before the first one that the message holds (a=file-range). */
  readonly offset: number;
  readonly size?: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Distinct octets of the file so far. */
  progressed(received: number): void;
  verifying(): void;
  /** The file lies in place: record it, durably. `contentType` is what the sender declared on the wire. */
  keep(landed: Landed, contentType: string): void;
  /** Once, unless `keep` was called and did not throw. */
  failed(reason: Reason): void;
}

export class FileReceiver implements MessageSink {
  readonly #options: FileReceiverOptions;
  readonly #unwrapper: CpimUnwrapper | undefined;
  readonly #contentType: string;
  #over = false;

  constructor(head: Pick<MessageHead, "contentType">, options: FileReceiverOptions) {
    this.#options = options;
    this.#contentType = parseContentType(head.contentType)?.mediaType ?? "application/octet-stream";
    if (this.#contentType === "message/cpim")
      this.#unwrapper = new CpimUnwrapper((at, bytes) => this.#writeContent(at, bytes));
  }

  write(position: number, bytes: Uint8Array): void {
    if (this.#unwrapper === undefined) this.#writeContent(position, bytes);
    else this.#unwrapper.write(position, bytes);
  }

  #writeContent(position: number, bytes: Uint8Array): void {
    const { landing, size, offset } = this.#options;
    if (size !== undefined && offset + position + bytes.length > size) {
      throw new InletError("INLET_TRANSFER_TOO_LARGE", `${size} offered`);
    }
    landing.write(offset + position, bytes);
    this.#options.progressed(landing.received);
  }

  async complete(): Promise<void> {
    const { landing, size, hashes } = this.#options;
    try {
      this.#unwrapper?.finish();
      this.#options.verifying();
      const landed = await landing.finish({ size, hashes });
      this.#options.keep(landed, this.#unwrapper?.contentType ?? this.#contentType);
      this.#over = true;
    } catch (error) {
      if (!(error instanceof InletError)) this.#options.log("error", "push.receive.failed", { error: `${error}` });
      const known = error instanceof InletError ? error : new InletError("INLET_INTERNAL");
      this.#fail(known.reason);
      throw known;
    }
  }

  abort(reason: Reason): void {
    this.#fail(reason);
  }

  #fail(reason: Reason): void {
    if (this.#over) return;
    this.#over = true;
    leavePart(this.#options.landing, reason);
    this.#options.failed(reason);
  }
}
