/**
 * The sending end of an MSRP session in the active role (RFC 4975 §5.4): one connection, messages one after
 * another. Answers what the peer sends back: bodiless SENDs with 200, content with 413, the unknown with 501.
 */
import type { Socket } from "node:net";
import { type Clock, InletError, LIMITS, type Log, millis, randomToken, silentLog } from "../kernel/index.ts";
import {
  Framer,
  failureReportOf,
  formatResponse,
  headerOf,
  MSRP_PORT,
  type MsrpHead,
  type MsrpRequest,
  parseByteRange,
  parseMsrpUri,
  parseStatus,
} from "../wire/msrp/index.ts";
import { placesOf } from "../wire/sdp/index.ts";
import { OutboundMessage, type Outlet, type SendOptions, type SendResult } from "./outbound-message.ts";
import { dial, sharedReadBuffer } from "./socket.ts";

export interface SenderOptions {
  /** The receiver's path out of its SDP (own relays before it, if any). */
  readonly toPath: readonly string[];
  /** Our own URI, exactly as offered in SDP: see senderPath(). */
  readonly fromPath: string;
  /** Where to connect, if not to the left-most URI. */
  readonly host?: string;
  readonly port?: number;
  readonly clock: Clock;
  readonly log?: Log;
  readonly signal?: AbortSignal;
}

/** A path URI for a sender, which listens nowhere: the port is a matter of form. */
export function senderPath(host: string, port = MSRP_PORT): string {
  const literal = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `msrp://${literal}:${port}/${randomToken(128)};tcp`;
}

export class MsrpSender implements Outlet, AsyncDisposable {
  readonly clock: Clock;
  readonly toPath: readonly string[];
  readonly fromPath: string;
  readonly #log: Log;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #gone = Promise.withResolvers<void>();
  #message: OutboundMessage | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(options: SenderOptions) {
    const uri = parseMsrpUri(options.toPath[0] ?? "");
    if (uri.secure) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "msrps is not available");
    this.clock = options.clock;
    this.toPath = options.toPath;
    this.fromPath = options.fromPath;
    this.#log = options.log ?? silentLog;
    this.#framer = new Framer({ head: (head) => this.#head(head), body: () => undefined, end: () => undefined });
    const [stated = { host: uri.host, port: MSRP_PORT }] = placesOf({ path: options.toPath.slice(0, 1) });
    const place = { host: options.host ?? stated.host, port: options.port ?? stated.port };
    const { socket } = dial(place, sharedReadBuffer(), (bytes) => this.#read(bytes));
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => this.#log("debug", "msrp.socketError", { error: error.message }));
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#onClose());
  }

  /** Rejects with INLET_MSRP_CONNECTION_FAILED, INLET_MSRP_TIMEOUT, INLET_TRANSFER_CANCELLED. */
  static async connect(options: SenderOptions): Promise<MsrpSender> {
    if (options.signal?.aborted) throw new InletError("INLET_TRANSFER_CANCELLED");
    const sender = new MsrpSender(options);
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: InletError): void => {
        timer[Symbol.dispose]();
        options.signal?.removeEventListener("abort", cancel);
        if (error === undefined) resolve();
        else {
          sender.#socket.destroy();
          reject(error);
        }
      };
      const cancel = (): void => settle(new InletError("INLET_TRANSFER_CANCELLED"));
      const timer = options.clock.after(millis(LIMITS.msrpTransaction), () =>
        settle(new InletError("INLET_MSRP_TIMEOUT")),
      );
      options.signal?.addEventListener("abort", cancel, { once: true });
      sender.#socket.once("connect", () => settle());
      sender.#socket.once("error", (cause) => {
        settle(new InletError("INLET_MSRP_CONNECTION_FAILED", cause.message, { cause }));
      });
      sender.#socket.once("close", () => settle(new InletError("INLET_MSRP_CONNECTION_FAILED")));
    });
    return sender;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get unwritten(): number {
    return this.#socket.writableLength;
  }

  /**
   * Sends one message; a second waits for the first. Rejects with INLET_MSRP_REFUSED (detail: the status),
   * INLET_MSRP_TIMEOUT, INLET_MSRP_CONNECTION_LOST, INLET_TRANSFER_CANCELLED, INLET_TRANSFER_SIZE_MISMATCH, or
   * what the source threw.
   */
  send(options: SendOptions): Promise<SendResult> {
    const result = this.#last.then(() => this.#send(options));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends the connection once what was written has left; a message under way fails. */
  async close(): Promise<void> {
    this.#message?.fail(new InletError("INLET_TRANSFER_CANCELLED"));
    await this.#last;
    if (!this.#closed) {
      // A peer that reads nothing is not waited for.
      const timer = this.clock.after(millis(LIMITS.stop), () => this.#socket.destroy());
      this.#socket.destroySoon();
      await this.#gone.promise;
      timer[Symbol.dispose]();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  write(data: string | Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(data, this.#written);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  readonly #written = (): void => this.#message?.proceed();

  async #send(options: SendOptions): Promise<SendResult> {
    if (this.#closed) throw new InletError("INLET_MSRP_CONNECTION_LOST");
    const message = new OutboundMessage(this, options);
    this.#message = message;
    try {
      return await message.run();
    } finally {
      this.#message = undefined;
    }
  }

  #read(bytes: Buffer): void {
    try {
      this.#framer.push(bytes);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#log("warn", "msrp.closed", { code: error.code, detail: error.detail });
      this.#message?.fail(error);
      this.#socket.destroy();
    }
  }

  #head(head: MsrpHead): void {
    if (head.kind === "response") this.#message?.responded(head.transactId, head.status);
    else if (head.method === "REPORT") this.#report(head);
    else if (failureReportOf(head) !== "no") this.write(formatResponse(head, this.#verdict(head)));
  }

  #verdict(request: MsrpRequest): number {
    if (request.toPath.at(-1) !== this.fromPath) return 481;
    if (request.method !== "SEND") return 501;
    return request.hasBody ? 413 : 200;
  }

  /** A report that cannot be read or belongs to no message here is dropped, as it is never answered. */
  #report(request: MsrpRequest): void {
    const status = parseStatus(headerOf(request, "Status") ?? "");
    const message = this.#message;
    if (status === undefined || message?.messageId !== headerOf(request, "Message-ID")) return;
    try {
      const { start, end, total } = parseByteRange(headerOf(request, "Byte-Range") ?? "");
      message?.reported(status, start, end ?? total ?? 0);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#log("debug", "msrp.reportDropped", { code: error.code });
    }
  }

  #onClose(): void {
    this.#closed = true;
    this.#message?.fail(new InletError("INLET_MSRP_CONNECTION_LOST"));
    this.#gone.resolve();
  }
}
