/**
 * One accepted line of an offer while it is received: its part on disk, its MSRP session, its progress. Settles exactly
 * once, as an item or with a reason.
 */
import { basename } from "node:path";
import { type Item, type Offer, type OfferedFile, type Transfer, transferKey } from "../contract/index.ts";
import { InletError, LIMITS, millis, type Reason, randomToken, reason } from "../kernel/index.ts";
import type { MessageSink } from "../msrp/index.ts";
import { freeSpace, type KeptHashes, type Landed, type Landing } from "../store/index.ts";
import type { FileRange } from "../wire/sdp/index.ts";
import { cautionOf } from "./caution.ts";
import type { PushEnvironment } from "./environment.ts";
import { beginPart, fileNameOf, partFileOf } from "./file-part.ts";
import { type Declared, FileReceiver, leavePart } from "./file-receiver.ts";
import { tidily } from "./notes.ts";
import type { TransferEvents, TransferSession } from "./transfer-session.ts";
import type { UnderwayFile } from "./underway.ts";

export interface LineTransferOptions {
  readonly environment: PushEnvironment;
  readonly offer: Offer;
  readonly file: OfferedFile;
  /** What is here of the file already, to go on with. */
  readonly landing?: Landing | undefined;
  /** All octets that it may have, where that is bounded. */
  readonly most?: number | undefined;
  readonly accepted: Pick<Item, "acceptedBy" | "rule">;
  /** Where the file comes from; `offset`: octets that are here. */
  open(offset: number, events: TransferEvents): TransferSession;
  /** Another file of the offer is on its way: this one waits for its turn. */
  othersMove(): boolean;
  /** Once: without a reason the file is kept. */
  settled(failure?: Reason): void;
}

/** Takes no octets. */
const NOTHING_MORE: Omit<MessageSink, "complete"> = {
  write: () => {
    throw new InletError("INLET_TRANSFER_TOO_LARGE", "0 offered");
  },
  abort: () => undefined,
};

/** A transfer is told at most ten times a second. */
const TELL_EVERY = 100;

export class LineTransfer implements UnderwayFile {
  /** What is wanted of the file, where that is not all of it. */
  readonly range: FileRange | undefined;
  readonly #options: LineTransferOptions;
  readonly #landing: Landing;
  readonly #session: TransferSession;
  /** Ends a transfer whose first octet never comes; from then on the MSRP session watches. */
  #firstOctet: Disposable;
  #transfer: Transfer;
  #receiver: FileReceiver | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #settled = false;
  /** Rejects with an InletError. */
  readonly #outcome = Promise.withResolvers<void>();
  #tellKept: ((hashes?: KeptHashes) => void) | undefined;

  /** Fails with INLET_DISK_FULL or INLET_DISK_FAILED when the folder cannot be written. */
  constructor(options: LineTransferOptions) {
    const { environment, offer, file } = options;
    this.#options = options;
    this.#outcome.promise.catch(() => undefined);
    this.#landing = options.landing ?? beginPart(environment, offer, file);
    const offset = this.#landing.received;
    if (offset > 0 && file.size !== undefined) this.range = { start: offset + 1, stop: file.size };
    this.#session = options.open(offset, {
      failed: (why) => this.stop(why),
      lost: () => {
        if (!this.#settled && !this.verifying) this.#change({ state: "waiting" });
      },
      onMessage: (head) => {
        // Of an empty file the SEND that bound was all; what its sender takes for the file repeats it.
        if (file.size === 0 && this.#receiver !== undefined)
          return { ...NOTHING_MORE, complete: () => this.#outcome.promise };
        if (this.#receiver !== undefined || this.#settled) throw new InletError("INLET_MSRP_STOPPED");
        const most = file.size ?? options.most ?? Number.POSITIVE_INFINITY;
        if ((head.totalSize ?? 0) > most + LIMITS.cpimHeaders) {
          const error = new InletError("INLET_TRANSFER_TOO_LARGE", `${most} accepted, ${head.totalSize} announced`);
          this.stop(error.reason);
          throw error;
        }
        this.#firstOctet[Symbol.dispose]();
        this.#receiver = new FileReceiver(head, {
          landing: this.#landing,
          // A message as long as the file is the whole file, whatever was asked for: what is here is overwritten.
          offset: head.totalSize === file.size ? 0 : offset,
          ...(file.size !== undefined && { size: file.size }),
          most: options.most,
          hashes: file.hashes,
          log: environment.log,
          clock: environment.clock,
          progressed: (received) => this.#progressed(received),
          verifying: () => this.#change({ state: "verifying" }),
          waiting: (waits) => this.#waiting(waits),
          gaveUp: (why) => this.stop(why),
          record: (landed, declared) => this.#record(landed, declared),
          kept: (landed) => this.#kept(landed),
          failed: (why) => this.#settle(why),
        });
        return this.#receiver;
      },
    });
    this.#firstOctet = this.#expectOctets();
    this.#transfer = {
      offer: offer.id,
      index: file.index,
      account: offer.account,
      from: offer.from,
      ...(offer.channel !== undefined && { channel: offer.channel }),
      name: file.name === "" ? fileNameOf(file) : file.name,
      ...(file.type !== undefined && { type: file.type }),
      ...(file.size !== undefined && { size: file.size }),
      received: offset,
      state: "waiting",
      startedAt: new Date(environment.clock.now()).toISOString(),
    };
    environment.underway.add(this);
    environment.patch({ transfers: { [this.#key]: this.#transfer } });
  }

  #expectOctets(): Disposable {
    const { environment, othersMove } = this.#options;
    return environment.clock.after(millis(LIMITS.transferStall), () => {
      if (othersMove() || this.#session.waiting === true) this.#firstOctet = this.#expectOctets();
      else this.stop(reason("INLET_TRANSFER_STALLED"));
    });
  }

  /** Another file has ended: it may be the turn of this one. */
  waitAgain(): void {
    if (this.#receiver !== undefined || this.#settled) return;
    this.#firstOctet[Symbol.dispose]();
    this.#firstOctet = this.#expectOctets();
  }

  /** Octets come, or are being verified. */
  get moving(): boolean {
    return this.#receiver !== undefined && !this.#settled;
  }

  /** Its sender is gone, and may come back. */
  get lost(): boolean {
    return this.#receiver !== undefined && !this.#settled && this.#transfer.state === "waiting";
  }

  /** What the answer says of its session. */
  get answer(): TransferSession["answer"] {
    return this.#session.answer;
  }

  get of(): Offer {
    return this.#options.offer;
  }

  get size(): number {
    return this.#options.file.size ?? this.received;
  }

  get missing(): number {
    return this.size - this.received;
  }

  /** Octets of the file that are here. */
  get received(): number {
    return this.#landing.received;
  }

  /** The file is whole and on its way into place. */
  get verifying(): boolean {
    return !this.#settled && this.#transfer.state === "verifying";
  }

  /** The sender may connect, or is connected to. */
  begin(): void {
    this.#session.begin();
  }

  /** No more is wanted: further chunks are answered 413, what is there is kept or thrown away, as the reason says. Not while `verifying`. */
  stop(why: Reason): void {
    if (this.#settled || this.verifying) return;
    this.#leave(why);
    this.#session.stop(new InletError("INLET_MSRP_STOPPED", why.code));
    this.#settle(why);
  }

  /** Nothing more can come; `words`: why, as the sender says. A file that is whole is still verified and kept; any other fails. */
  closeMedia(words?: string): void {
    if (this.#settled || this.verifying) return;
    const code = this.#receiver?.full === undefined ? "INLET_TRANSFER_INCOMPLETE" : "INLET_DISK_FULL";
    this.#session.close(new InletError(code));
    this.stop(reason(code, words));
  }

  /** Inlet stops, and will go on with it: what is here stays. */
  suspend(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#outcome.reject(new InletError("INLET_STOPPING"));
    this.#firstOctet[Symbol.dispose]();
    this.#leave(reason("INLET_STOPPING"));
    this.#session.close(new InletError("INLET_STOPPING"));
    this.#options.environment.patch({ transfers: { [this.#key]: null } });
  }

  /** Frees the session; answers that are due still go out. */
  dispose(): void {
    this.#firstOctet[Symbol.dispose]();
    this.#options.environment.underway.delete(this);
    this.#session.close();
  }

  get #key(): string {
    return transferKey(this.#options.offer.id, this.#options.file.index);
  }

  #change(change: Partial<Transfer>): void {
    this.#transfer = { ...this.#transfer, ...change };
    this.#options.environment.patch({ transfers: { [this.#key]: change } });
  }

  #leave(why: Reason): void {
    if (this.#receiver === undefined) leavePart(this.#landing, why);
    else this.#receiver.abort(why);
  }

  #waiting(waits: boolean): void {
    const { environment, file, offer } = this.#options;
    if (!waits) {
      this.#change({ state: "receiving" });
      return;
    }
    const free = freeSpace(environment.folder) ?? 0;
    const needs = Math.max(1, (file.size ?? 0) - this.#landing.received - free);
    // A file that is whole is not paused: it lacks but its name and its record.
    if (!this.verifying) this.#change({ state: "paused", needs });
    const detail = `offer ${offer.id}, file ${file.index}: needs ${needs} octets more, pausing`;
    environment.publish({ event: "error", ...new InletError("INLET_DISK_WAITING", detail).reason });
    environment.log("warn", "push.diskFull", { needs });
  }

  #progressed(received: number): void {
    const { clock } = this.#options.environment;
    const now = clock.elapsed();
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    this.#tell(received);
  }

  #tell(received: number): void {
    const { offer, file, environment } = this.#options;
    this.#change({ received, state: "receiving" });
    environment.publish({
      event: "transfer",
      offer: offer.id,
      index: file.index,
      received,
      ...(file.size !== undefined && { size: file.size }),
    });
  }

  #record(landed: Landed, declared: Declared): void {
    const { offer, file, environment, accepted } = this.#options;
    const id = randomToken(96);
    const name = basename(landed.path);
    const type = file.type?.split(";")[0]?.trim() ?? declared.contentType;
    // Web servers guess.
    const sent = offer.origin === "link" ? undefined : declared.contentType;
    const caution = cautionOf({ name, type, sent, sniffed: landed.sniffed });
    const { sentAt, author } = declared.envelope;
    const { description = declared.description, disposition = declared.disposition } = file;
    this.#tell(landed.size);
    environment.recordItem(
      {
        id,
        account: offer.account,
        kind: "file",
        from: offer.from,
        ...(offer.channel !== undefined && { channel: offer.channel }),
        offer: offer.id,
        index: file.index,
        name,
        type,
        size: landed.size,
        path: landed.path,
        ...(description !== undefined && { description }),
        ...(landed.sha1 !== undefined && { sha1: landed.sha1 }),
        ...(landed.sha256 !== undefined && { sha256: landed.sha256 }),
        verified: landed.verified,
        ...(this.#session.encryption !== undefined && { encryption: this.#session.encryption }),
        ...(landed.sniffed !== undefined && { sniffed: landed.sniffed }),
        ...(caution !== undefined && { caution }),
        ...accepted,
        ...(disposition !== undefined && { disposition }),
        ...(sentAt !== undefined && { sentAt }),
        ...(author !== undefined && { author }),
        receivedAt: new Date(environment.clock.now()).toISOString(),
      },
      { offer: offer.id, index: file.index },
    );
    this.#tellKept = (hashes) => {
      this.#tellKept = undefined;
      environment.tellItem(id, hashes);
      environment.receipts.stored({ id, account: offer.account, from: offer.from }, declared.envelope);
      this.#settle();
    };
  }

  /** The sender hears of it now; the person does as soon as both hashes are known. */
  #kept(landed: Landed): void {
    const { hashed } = landed;
    this.#options.environment.underway.delete(this);
    this.#session.kept?.(landed);
    if (hashed === undefined) this.#tellKept?.();
    else {
      this.#change({ state: "verifying" });
      void hashed.then((hashes) => this.#tellKept?.(hashes));
    }
  }

  /** Inlet stops: a file that is recorded is told now, with the hash that is known. */
  tellKept(): void {
    if (this.#tellKept === undefined) return;
    this.#landing.discard();
    this.#tellKept();
  }

  #settle(failure?: Reason): void {
    if (this.#settled) return;
    this.#settled = true;
    if (failure === undefined) this.#outcome.resolve();
    else this.#outcome.reject(new InletError("INLET_MSRP_STOPPED", failure.code));
    this.#firstOctet[Symbol.dispose]();
    const { environment, offer, file } = this.#options;
    const { partials } = environment.store;
    environment.underway.delete(this);
    tidily(environment.log, () => {
      if (failure === undefined) partials.dropAll(partFileOf(environment, offer, file));
      else partials.sweep();
    });
    environment.patch({ transfers: { [this.#key]: null } });
    this.#options.settled(failure);
  }
}
