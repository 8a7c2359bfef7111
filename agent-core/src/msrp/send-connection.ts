/**
 * One TCP connection at the sending end (RFC 4975 §5.4), shared by the sessions that go to the same place. Chunks of their
 * messages take turns; whatever else is to be said leaves between two chunks, never inside one. Answers what the peer
 * sends: bodiless SENDs with 200, content with 413, the unknown with 501.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Clock, InletError, LIMITS, type Log, millis, silentLog } from "../kernel/index.ts";
import {
  Framer,
  failureReportOf,
  formatResponse,
  headerOf,
  type MsrpHead,
  type MsrpRequest,
  type MsrpResponse,
  parseByteRange,
  parseStatus,
} from "../wire/msrp/index.ts";
import type { Place } from "../wire/sdp/index.ts";
import type { Identity } from "./identity.ts";
import type { OutboundMessage, Outlet } from "./outbound-message.ts";
import { checkPeer, type SecurePeer } from "./peer-proof.ts";
import { ReadGather } from "./read-gather.ts";
import { dial, openEvent, secureContext, sharedReadBuffer } from "./socket.ts";

/** What an encrypted connection shows, and how its other end is known: files go to nobody who is not proven. */
export interface SendSecurity extends SecurePeer {
  readonly identity: Identity;
  /** PEM of authorities, instead of the system's. */
  readonly ca?: string | undefined;
}

export interface SendConnectionOptions {
  readonly place: Place;
  /** Over TLS. */
  readonly secure?: SendSecurity | undefined;
  readonly clock: Clock;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A session that sends here. */
export interface SendingSession {
  readonly fromPath: string;
  /** A response that belongs to no message. */
  responded(response: MsrpResponse): void;
}

export class SendConnection implements Outlet, AsyncDisposable {
  readonly clock: Clock;
  readonly #log: Log;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #gone = Promise.withResolvers<void>();
  readonly #sessions = new Set<SendingSession>();
  readonly #messages = new Set<OutboundMessage>();
  /** The first has its turn. */
  readonly #turns: OutboundMessage[] = [];
  /** Frames that wait for the end of a chunk. */
  #between = "";
  #written = 0;
  #closed = false;

  private constructor({ place, clock, log = silentLog, secure }: SendConnectionOptions) {
    this.clock = clock;
    this.#log = log;
    this.#framer = new Framer({ head: (head) => this.#head(head), body: () => undefined, end: () => undefined });
    const proof = secure && {
      context: secureContext(secure.identity, secure.ca),
      server: place.host,
      gather: new ReadGather(),
    };
    const { socket } = dial(place, sharedReadBuffer(), (bytes) => this.#read(bytes), proof);
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => this.#log("debug", "msrp.socketError", { error: error.message }));
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#onClose());
  }

  /** Rejects with INLET_MSRP_CONNECTION_FAILED, INLET_MSRP_TIMEOUT, INLET_MSRP_CERTIFICATE, INLET_TRANSFER_CANCELLED. */
  static async open(options: SendConnectionOptions): Promise<SendConnection> {
    if (options.signal?.aborted) throw new InletError("INLET_TRANSFER_CANCELLED");
    const connection = new SendConnection(options);
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: InletError): void => {
        timer[Symbol.dispose]();
        options.signal?.removeEventListener("abort", cancel);
        if (error === undefined) resolve();
        else {
          connection.#socket.destroy();
          reject(error);
        }
      };
      const cancel = (): void => settle(new InletError("INLET_TRANSFER_CANCELLED"));
      const timer = options.clock.after(millis(LIMITS.msrpTransaction), () =>
        settle(new InletError("INLET_MSRP_TIMEOUT")),
      );
      options.signal?.addEventListener("abort", cancel, { once: true });
      const { secure, place } = options;
      connection.#socket.once(openEvent(connection.#socket), () => {
        try {
          if (secure !== undefined)
            checkPeer(connection.#socket as TLSSocket, place.host, { ...secure, vouched: true });
          settle();
        } catch (error) {
          if (error instanceof InletError) settle(error);
          else throw error;
        }
      });
      connection.#socket.once("error", (cause) => {
        settle(new InletError("INLET_MSRP_CONNECTION_FAILED", cause.message, { cause }));
      });
      connection.#socket.once("close", () => settle(new InletError("INLET_MSRP_CONNECTION_FAILED")));
    });
    return connection;
  }

  get closed(): boolean {
    return this.#closed;
  }

  join(session: SendingSession): void {
    this.#sessions.add(session);
  }

  part(session: SendingSession): void {
    this.#sessions.delete(session);
  }

  /** The connection carries `message` while `work` runs. */
  async carry<T>(message: OutboundMessage, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new InletError("INLET_MSRP_CONNECTION_LOST");
    this.#messages.add(message);
    try {
      return await work();
    } finally {
      this.#messages.delete(message);
    }
  }

  /** Ends once what was written has left; messages under way fail. */
  async close(): Promise<void> {
    for (const message of this.#messages) message.fail(new InletError("INLET_TRANSFER_CANCELLED"));
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

  get written(): number {
    return this.#written;
  }

  get taken(): number {
    return this.#written - this.#socket.writableLength;
  }

  write(data: string | Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#written += Buffer.byteLength(data);
    this.#socket.write(data, this.#proceed);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  queue(message: OutboundMessage): void {
    this.#turns.push(message);
  }

  isTurnOf(message: OutboundMessage): boolean {
    return this.#turns[0] === message;
  }

  get awaited(): boolean {
    return this.#turns.length > 1 || this.#between !== "";
  }

  leave(message: OutboundMessage): void {
    const at = this.#turns.indexOf(message);
    if (at < 0) return;
    this.#turns.splice(at, 1);
    if (at > 0) return;
    const frames = this.#between;
    this.#between = "";
    if (frames !== "") this.write(frames);
    this.#turns[0]?.proceed();
  }

  between(frames: string): void {
    if (this.#turns.length > 0) this.#between += frames;
    else this.write(frames);
  }

  readonly #proceed = (): void => {
    for (const message of this.#messages) message.proceed();
  };

  #read(bytes: Buffer): void {
    try {
      this.#framer.push(bytes);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#log("warn", "msrp.closed", { code: error.code, detail: error.detail });
      for (const message of this.#messages) message.fail(error);
      this.#socket.destroy();
    }
  }

  #head(head: MsrpHead): void {
    if (head.kind === "response") this.#responded(head);
    else if (head.method === "REPORT") this.#report(head);
    else if (failureReportOf(head) !== "no") this.between(formatResponse(head, this.#verdict(head)));
  }

  #responded(response: MsrpResponse): void {
    for (const message of this.#messages) if (message.responded(response.transactId, response.status)) break;
    for (const session of this.#sessions) {
      if (response.toPath.at(-1) === session.fromPath) session.responded(response);
    }
  }

  #verdict(request: MsrpRequest): number {
    const to = request.toPath.at(-1);
    if (![...this.#sessions].some(({ fromPath }) => fromPath === to)) return 481;
    if (request.method !== "SEND") return 501;
    return request.hasBody ? 413 : 200;
  }

  /** A report that cannot be read or belongs to no message here is dropped, as it is never answered. */
  #report(request: MsrpRequest): void {
    const status = parseStatus(headerOf(request, "Status") ?? "");
    const id = headerOf(request, "Message-ID");
    const to = request.toPath.at(-1);
    const message = [...this.#messages].find((m) => m.messageId === id && m.session.fromPath === to);
    if (status === undefined || message === undefined) return;
    try {
      const { start, end, total } = parseByteRange(headerOf(request, "Byte-Range") ?? "");
      message.reported(status, start, end ?? total ?? 0);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#log("debug", "msrp.reportDropped", { code: error.code });
    }
  }

  #onClose(): void {
    this.#closed = true;
    for (const message of this.#messages) message.fail(new InletError("INLET_MSRP_CONNECTION_LOST"));
    this.#gone.resolve();
  }
}
