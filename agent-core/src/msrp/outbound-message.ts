/**
 * One MSRP message being sent (RFC 4975 §7.1): cut into interruptible chunks, several in flight, until every
 * chunk is answered and, where asked for, the success REPORT is here.
 *
 * A chunk is written piece by piece; before each, the sender looks whether it was refused (then `#`), whether others wait
 * for the connection, and whether the piece would hold the chunk's own end-line (then `+`, and on with another
 * transact-id, §7.1).
 */
import { InletError, LIMITS, millis, randomToken } from "../kernel/index.ts";
import { type FailureReport, type Flag, formatByteRange, formatEndLine, formatHead } from "../wire/msrp/index.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { Change } from "./change.ts";
import type { Outlet } from "./outlet.ts";
import type { SendOptions, SendResult } from "./send-options.ts";
import { iterate } from "./source.ts";

/** Whose message it is: an MSRP session at its sending end. */
export interface OutboundSession {
  readonly toPath: readonly string[];
  readonly fromPath: string;
}

const CHUNK = 256 * 1024;
const PIECE = 64 * 1024;
/** What may wait in the socket's queue. */
const UNWRITTEN = 512 * 1024;
const IN_FLIGHT = 4 * 1024 * 1024;

export class OutboundMessage {
  readonly messageId: string;
  readonly session: OutboundSession;
  readonly #outlet: Outlet;
  readonly #options: SendOptions;
  readonly #failureReport: FailureReport;
  readonly #change = new Change();
  readonly #acknowledged: Acknowledgements;
  #failure: InletError | undefined;
  #chunk: { readonly id: string; length: number } | undefined;
  #previousTail: Buffer = Buffer.alloc(0);
  #sent = 0;
  #total: number | undefined;
  #ended = false;
  #lastProgress = 0;
  /** Where our last octet stands among all that the connection has written. */
  #writtenTo = 0;
  #waiting = false;
  #timer: Disposable | undefined;

  constructor(outlet: Outlet, session: OutboundSession, options: SendOptions) {
    this.#outlet = outlet;
    this.session = session;
    this.#options = options;
    this.#failureReport = options.failureReport ?? "yes";
    this.#acknowledged = new Acknowledgements(this.#failureReport, options.onProgress?.bind(options));
    this.#total = options.size;
    this.messageId = options.messageId ?? randomToken(96);
  }

  async run(): Promise<SendResult> {
    const { signal } = this.#options;
    const cancel = (): void => this.fail(new InletError("INLET_TRANSFER_CANCELLED"));
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    this.#alive();
    this.#watch();
    try {
      await this.#sendAll();
      await this.#until(() => this.#acknowledged.inFlight === 0 && this.#unwritten === 0);
      if (this.#options.successReport !== true) return { status: "delivered" };
      await this.#until(() => this.#acknowledged.confirms(this.#total));
      return { status: "confirmed" };
    } catch (error) {
      this.#interrupt(error);
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#outlet.leave(this);
      this.#timer?.[Symbol.dispose]();
    }
  }

  /** A response came. False: not to a chunk of this message. */
  responded(transactId: string, status: number): boolean {
    if (!this.#acknowledged.awaits(transactId) && this.#chunk?.id !== transactId) return false;
    this.#heard(this.#acknowledged.answered(transactId, status));
    return true;
  }

  /** A REPORT for this message came. Positions are those of Byte-Range. */
  reported(status: number, start: number, end: number): void {
    this.#heard(this.#acknowledged.reported(status, start, end));
  }

  #heard(error: InletError | undefined): void {
    if (error !== undefined) this.fail(error);
    this.#alive();
  }

  fail(error: InletError): void {
    this.#failure ??= error;
    this.#change.notify();
  }

  /** The connection moved on: a sign of life where octets of ours were waiting. */
  proceed(): void {
    if (this.#waiting) this.#lastProgress = this.#outlet.clock.elapsed();
    this.#waiting = this.#unwritten > 0;
    this.#change.notify();
  }

  #alive(): void {
    this.#lastProgress = this.#outlet.clock.elapsed();
    this.#change.notify();
  }

  /** Octets of ours that the system has not taken yet, and of others before them. */
  get #unwritten(): number {
    return Math.max(0, this.#writtenTo - this.#outlet.taken);
  }

  #write(data: string | Uint8Array): void {
    this.#outlet.write(data);
    this.#writtenTo = this.#outlet.written;
    this.#waiting = true;
  }

  async #sendAll(): Promise<void> {
    const source = iterate(this.#options.read);
    try {
      let coming = this.#next(source);
      for (;;) {
        const piece = await coming;
        if (piece === undefined) break;
        // Read ahead by one; a failure of it counts when it is its turn.
        coming = this.#next(source);
        coming.catch(() => undefined);
        await this.#sendPiece(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
        if (this.#outlet.awaited) this.#closeChunk("+");
      }
      if (this.#ended) return;
      if (this.#total !== undefined && this.#sent !== this.#total) throw this.#wrongSize();
      this.#total = this.#sent;
      if (this.#chunk === undefined) {
        this.#outlet.cork();
        await this.#openChunk(Buffer.alloc(0)).finally(() => this.#outlet.uncork());
      }
      this.#closeChunk("$");
    } finally {
      // Not awaited: a source that hangs must not hold the sender.
      source.return?.()?.catch(() => undefined);
    }
  }

  async #next(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
    let result: IteratorResult<Uint8Array, unknown> | undefined;
    let failed: { readonly error: unknown } | undefined;
    source.next().then(
      (value) => {
        result = value;
        this.#change.notify();
      },
      (error: unknown) => {
        failed = { error };
        this.#change.notify();
      },
    );
    await this.#until(() => result !== undefined || failed !== undefined);
    if (failed !== undefined) throw failed.error;
    return result?.done === false ? result.value : undefined;
  }

  async #sendPiece(piece: Buffer): Promise<void> {
    const chunkSize = Math.max(1, this.#options.chunkSize ?? CHUNK);
    if (this.#total !== undefined && this.#sent + piece.length > this.#total) throw this.#wrongSize();
    this.#outlet.cork();
    try {
      for (let at = 0; at < piece.length; ) {
        // Without a known total a full chunk stays open until it is known whether it was the last.
        if (this.#chunk?.length === chunkSize) this.#closeChunk("+");
        const room = chunkSize - (this.#chunk?.length ?? 0);
        const slice = piece.subarray(at, at + Math.min(PIECE, room));
        if (this.#chunk !== undefined && this.#collides(this.#chunk.id, slice)) this.#closeChunk("+");
        const chunk = this.#chunk ?? (await this.#openChunk(slice));
        at += slice.length;
        this.#sent += slice.length;
        chunk.length += slice.length;
        this.#previousTail = slice.subarray(-64);
        this.#write(slice);
        if (this.#sent === this.#total) this.#closeChunk("$");
        else if (this.#total !== undefined && chunk.length === chunkSize) this.#closeChunk("+");
        else if (chunk.length >= CHUNK && this.#outlet.awaited) this.#closeChunk("+");
        if (this.#unwritten >= UNWRITTEN) await this.#flushed();
      }
      // The source may use this piece's memory again.
      if (this.#unwritten > 0) await this.#flushed();
    } finally {
      this.#outlet.uncork();
    }
  }

  async #flushed(): Promise<void> {
    this.#outlet.uncork();
    await this.#until(() => this.#unwritten === 0);
    this.#outlet.cork();
  }

  async #openChunk(first: Buffer): Promise<{ readonly id: string; length: number }> {
    const chunkSize = this.#options.chunkSize ?? CHUNK;
    const window = this.#options.window ?? Math.max(4, Math.ceil(IN_FLIGHT / chunkSize));
    this.#outlet.uncork();
    try {
      await this.#until(() => this.#acknowledged.inFlight < window);
      this.#outlet.queue(this);
      await this.#until(() => this.#outlet.isTurnOf(this));
    } finally {
      this.#outlet.cork();
    }
    let id = randomToken(96);
    while (first.includes(`-------${id}`)) id = randomToken(96);
    this.#chunk = { id, length: 0 };
    this.#write(this.#head(id));
    return this.#chunk;
  }

  #head(transactId: string): string {
    const { contentType, headers = {}, successReport } = this.#options;
    const total = this.#total;
    const range = total === 0 ? { start: 1, end: 0, total } : { start: this.#sent + 1 };
    return formatHead({
      kind: "request",
      method: "SEND",
      transactId,
      toPath: this.session.toPath,
      fromPath: [this.session.fromPath],
      headers: [
        ["Message-ID", this.messageId],
        ["Byte-Range", formatByteRange(total === undefined ? range : { ...range, total })],
        ...(successReport === true ? [["Success-Report", "yes"] as const] : []),
        ...(this.#failureReport === "yes" ? [] : [["Failure-Report", this.#failureReport] as const]),
        ...Object.entries(headers),
        ["Content-Type", contentType],
      ],
      hasBody: true,
    });
  }

  /** Whether the chunk's own end-line would stand in it, across the border to what was sent before too. */
  #collides(id: string, slice: Buffer): boolean {
    const needle = `-------${id}`;
    if (slice.includes(needle)) return true;
    return Buffer.concat([this.#previousTail, slice.subarray(0, 64)]).includes(needle);
  }

  #closeChunk(flag: Flag): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    this.#chunk = undefined;
    this.#previousTail = Buffer.alloc(0);
    if (flag === "$") this.#ended = true;
    if (flag !== "#") this.#acknowledged.sent(chunk.id, chunk.length);
    this.#write(`\r\n${formatEndLine(chunk.id, flag)}`);
    this.#lastProgress = this.#outlet.clock.elapsed();
    this.#outlet.leave(this);
  }

  /** Tells the receiver that no more will come: `#` on the chunk under way, or an empty chunk that carries it. */
  #interrupt(error: unknown): void {
    if (this.#ended) return;
    if (this.#chunk !== undefined) this.#closeChunk("#");
    else if (this.#sent > 0 && !(error instanceof InletError && error.code === "INLET_MSRP_REFUSED")) {
      const id = randomToken(96);
      this.#outlet.between(`${this.#head(id)}\r\n${formatEndLine(id, "#")}`);
    }
    this.#ended = true;
  }

  #wrongSize(): InletError {
    return new InletError("INLET_TRANSFER_SIZE_MISMATCH", `${this.#total} announced`);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #until(condition: () => boolean): Promise<void> {
    await this.#change.until(() => this.#failure !== undefined || condition());
    this.#check();
  }

  /**
   * No answer for LIMITS.msrpTransaction is a time-out (RFC 4975 §7.1.1), counted from the last sign of life, so
   * that a slow line is none. A peer that reads nothing, or owes a REPORT, gets LIMITS.transferStall.
   */
  #watch(): void {
    const limit = this.#acknowledged.inFlight > 0 ? LIMITS.msrpTransaction : LIMITS.transferStall;
    const due = this.#lastProgress + limit - this.#outlet.clock.elapsed();
    const waiting = this.#acknowledged.inFlight > 0 || this.#unwritten > 0 || this.#ended;
    if (due <= 0 && waiting) {
      this.fail(new InletError("INLET_MSRP_TIMEOUT"));
      return;
    }
    const delay = due <= 0 ? LIMITS.msrpTransaction : Math.min(due, LIMITS.msrpTransaction);
    this.#timer = this.#outlet.clock.after(millis(delay), () => this.#watch());
  }
}
