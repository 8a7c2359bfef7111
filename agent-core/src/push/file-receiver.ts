/**
 * One accepted file: an MSRP message becomes a verified file and an item, in the order of promise 1: octets flushed,
 * verified, renamed into place, recorded; only then does `complete` resolve and the sender hears of it.
 */
import { type Clock, InletError, LIMITS, type Log, millis, type Reason } from "../kernel/index.ts";
import type { MessageHead, MessageSink } from "../msrp/index.ts";
import type { Landed, Landing } from "../store/index.ts";
import { mimeHeader, parseContentDisposition, parseContentType } from "../wire/multipart/index.ts";
import { CpimUnwrapper } from "./cpim-unwrapper.ts";
import { type Envelope, readEnvelope } from "./message-parts.ts";
import { isFull, RoomWait } from "./room-wait.ts";

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

/** What the sender said of the file on the wire. */
export interface Declared {
  readonly contentType: string;
  readonly disposition?: string;
  readonly description?: string;
  readonly envelope: Envelope;
}

export interface FileReceiverOptions {
  readonly landing: Landing;
  /** Octets of the file before the first one that the message holds (a=file-range). */
  readonly offset: number;
  readonly size?: number;
  /** All that it may have, where nobody said how large it is. */
  readonly most?: number | undefined;
  readonly hashes: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly clock: Clock;
  /** Distinct octets of the file so far. */
  progressed(received: number): void;
  verifying(): void;
  /** The disk is full, and nothing is read until there is room; or there is. */
  waiting(waits: boolean): void;
  /** The file lies in place: record it, durably; where that throws it is taken back. */
  record(landed: Landed, declared: Declared): void;
  /** It is recorded. */
  kept(landed: Landed): void;
  /** What the disk had no room for could not be written later either. */
  gaveUp(reason: Reason): void;
  /** Once, unless the file was recorded. */
  failed(reason: Reason): void;
}

export class FileReceiver implements MessageSink {
  readonly #options: FileReceiverOptions;
  readonly #unwrapper: CpimUnwrapper | undefined;
  readonly #head: Pick<MessageHead, "contentType" | "otherMimeHeaders">;
  readonly #room: RoomWait;
  #over = false;

  constructor(head: Pick<MessageHead, "contentType" | "otherMimeHeaders">, options: FileReceiverOptions) {
    this.#options = options;
    this.#head = head;
    const { landing, clock } = options;
    this.#room = new RoomWait({
      clock,
      write: (at, bytes) => {
        landing.write(at, bytes);
        options.progressed(landing.received);
      },
      waiting: (waits) => options.waiting(waits),
      failed: (error) => options.gaveUp(error.reason),
    });
    if (parseContentType(head.contentType)?.mediaType === "message/cpim")
      this.#unwrapper = new CpimUnwrapper((at, bytes) => this.#writeContent(at, bytes));
  }

  /** The disk is, until then. */
  get full(): Promise<void> | undefined {
    return this.#room.waiting;
  }

  write(position: number, bytes: Uint8Array): void {
    if (this.#unwrapper === undefined) this.#writeContent(position, bytes);
    else this.#unwrapper.write(position, bytes);
  }

  #writeContent(position: number, bytes: Uint8Array): void {
    const { size, most = Number.POSITIVE_INFINITY, offset } = this.#options;
    if (offset + position + bytes.length > (size ?? most)) {
      throw new InletError("INLET_TRANSFER_TOO_LARGE", size === undefined ? `${most} accepted` : `${size} offered`);
    }
    this.#room.write(offset + position, bytes);
  }

  async complete(): Promise<void> {
    try {
      await this.#room.waiting;
      if (this.#over) throw new InletError("INLET_TRANSFER_CANCELLED");
      this.#unwrapper?.finish();
      this.#options.verifying();
      this.#options.kept(await this.#finish());
    } catch (error) {
      if (!(error instanceof InletError)) this.#options.log("error", "push.receive.failed", { error: `${error}` });
      const known = error instanceof InletError ? error : new InletError("INLET_INTERNAL");
      this.#fail(known.reason);
      throw known;
    }
  }

  /** Name and record need room too; the sender waits for its answer no longer than it must. */
  async #finish(): Promise<Landed> {
    const { landing, size, hashes, clock } = this.#options;
    const until = clock.elapsed() + LIMITS.diskWaitAtEnd;
    for (let told = false; ; told = true) {
      try {
        return await landing.finish({ size, hashes }, (found) => {
          this.#options.record(found, this.#declared());
          this.#over = true;
        });
      } catch (error) {
        if (!isFull(error) || !landing.flushed || clock.elapsed() >= until) throw error;
      }
      if (!told) this.#options.waiting(true);
      await new Promise<void>((resolve) => clock.after(millis(LIMITS.diskRetry), resolve));
    }
  }

  #declared(): Declared {
    const inside = this.#unwrapper?.head;
    const header = (name: string): string | undefined =>
      (inside && mimeHeader(inside.mimeHeaders, name)) ?? this.#head.otherMimeHeaders.get(name.toLowerCase());
    const type = inside?.contentType ?? parseContentType(this.#head.contentType);
    const disposition = parseContentDisposition(header("Content-Disposition") ?? "");
    const description = header("Content-Description");
    return {
      contentType: type?.mediaType ?? "application/octet-stream",
      ...(disposition !== undefined && { disposition: disposition.type.slice(0, 80) }),
      ...(description !== undefined && { description: description.slice(0, 1000) }),
      envelope: inside === undefined ? {} : readEnvelope(inside),
    };
  }

  abort(reason: Reason): void {
    this.#fail(reason);
  }

  #fail(reason: Reason): void {
    if (this.#over) return;
    this.#over = true;
    this.#room[Symbol.dispose]();
    leavePart(this.#options.landing, reason);
    this.#options.failed(reason);
  }
}
