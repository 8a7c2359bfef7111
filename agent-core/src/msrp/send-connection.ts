/**
 * One TCP connection at the sending end (RFC 4975 §5.4), shared by the sessions that go to the same place: to a receiver, from
 * one (RFC 6135), or to our relay. Chunks of their messages take turns; whatever else is to be said leaves between two chunks,
 * never inside one. Answers what the peer sends: bodiless SENDs with 200, content with 413, the unknown with 501.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Clock, InletError, LIMITS, type Log, millis, randomToken, silentLog } from "../kernel/index.ts";
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
import type { OutboundMessage } from "./outbound-message.ts";
import type { Outlet } from "./outlet.ts";
import { checkPeer, type SecurePeer } from "./peer-proof.ts";
import { ReadGather } from "./read-gather.ts";
import { dial, type OnRead, type OpenSocket, openEvent, secureContext, sharedReadBuffer } from "./socket.ts";

/** What an encrypted connection shows, and how its other end is known: files go to nobody who is not proven. */
export interface SendSecurity extends SecurePeer {
  readonly identity: Identity;
  /** PEM of authorities, instead of the system's. */
  readonly ca?: string | undefined;
}

export interface SendEnvironment {
  readonly clock: Clock;
  readonly log?: Log | undefined;
  /** Messages under way on all connections of this sender: relays may bring REPORTs by another one. */
  readonly messages?: Set<OutboundMessage> | undefined;
}

export interface SendConnectionOptions extends SendEnvironment {
  readonly place: Place;
  /** The name that the other end has to prove; by default that of the place. */
  readonly server?: string | undefined;
  /** Over TLS. */
  readonly secure?: SendSecurity | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether a session that is not here yet is awaited on this connection. */
type IsAwaited = (uri: string, connection: SendConnection) => boolean;

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
  readonly #allMessages: Set<OutboundMessage>;
  readonly #server: string | undefined;
  readonly #isAwaited: IsAwaited | undefined;
  readonly #requests = new Map<string, (response: MsrpResponse | InletError) => void>();
  /** The first has its turn. */
  readonly #turns: OutboundMessage[] = [];
  /** Frames that wait for the end of a chunk. */
  #between = "";
  #written = 0;
  #closed = false;

  private constructor(open: (read: OnRead) => OpenSocket, environment: SendEnvironment, isAwaited?: IsAwaited) {
    const { clock, log = silentLog, messages = new Set() } = environment;
    this.clock = clock;
    this.#log = log;
    this.#allMessages = messages;
    this.#isAwaited = isAwaited;
    this.#framer = new Framer({ head: (head) => this.#head(head), body: () => undefined, end: () => undefined });
    const { socket, server } = open((bytes) => this.#read(bytes));
    this.#socket = socket;
    this.#server = server;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => this.#log("debug", "msrp.socketError", { error: error.message }));
    socket.on("end", () => socket.destroy());
    socket.on("close", () => this.#onClose());
  }

  /** Rejects with INLET_MSRP_CONNECTION_FAILED, INLET_MSRP_TIMEOUT, INLET_MSRP_CERTIFICATE, INLET_TRANSFER_CANCELLED. */
  static async open(options: SendConnectionOptions): Promise<SendConnection> {
    if (options.signal?.aborted) throw new InletError("INLET_TRANSFER_CANCELLED");
    const { place, secure, server = place.host } = options;
    const proof = secure && { context: secureContext(secure.identity, secure.ca), server, gather: new ReadGather() };
    const connection = new SendConnection((read) => dial(place, sharedReadBuffer(), read, proof), options);
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
      connection.#socket.once(openEvent(connection.#socket), () => {
        try {
          if (secure !== undefined) connection.prove(secure);
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

  /** One that came to us, and is for the first session that it names. */
  static accepted(
    open: (read: OnRead) => OpenSocket,
    environment: SendEnvironment,
    isAwaited: IsAwaited,
  ): SendConnection {
    return new SendConnection(open, environment, isAwaited);
  }

  get socket(): Socket {
    return this.#socket;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  /** Throws INLET_MSRP_CERTIFICATE. */
  prove(peer: SecurePeer): boolean {
    return this.#socket instanceof TLSSocket && checkPeer(this.#socket, this.#server, { ...peer, vouched: true });
  }

  /** Sends a request, given its transact-id, and waits for its answer. INLET_MSRP_TIMEOUT, INLET_MSRP_CONNECTION_LOST. */
  async request(format: (transactId: string) => string): Promise<MsrpResponse> {
    if (this.#closed) throw new InletError("INLET_MSRP_CONNECTION_LOST");
    const id = randomToken(96);
    const { promise, resolve } = Promise.withResolvers<MsrpResponse | InletError>();
    using _ = this.clock.after(millis(LIMITS.msrpTransaction), () => resolve(new InletError("INLET_MSRP_TIMEOUT")));
    this.#requests.set(id, resolve);
    this.between(format(id));
    const answer = await promise;
    this.#requests.delete(id);
    if (answer instanceof InletError) throw answer;
    return answer;
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
    this.#allMessages.add(message);
    try {
      return await work();
    } finally {
      this.#messages.delete(message);
      this.#allMessages.delete(message);
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
    this.#requests.get(response.transactId)?.(response);
    for (const message of this.#messages) if (message.responded(response.transactId, response.status)) break;
    for (const session of this.#sessions) {
      if (response.toPath.at(-1) === session.fromPath) session.responded(response);
    }
  }

  #verdict(request: MsrpRequest): number {
    const to = request.toPath.at(-1) ?? "";
    const here = [...this.#sessions].some(({ fromPath }) => fromPath === to);
    if (!here && this.#isAwaited?.(to, this) !== true) return 481;
    if (request.method !== "SEND") return 501;
    return request.hasBody ? 413 : 200;
  }

  /** A report that cannot be read or belongs to no message here is dropped, as it is never answered. */
  #report(request: MsrpRequest): void {
    const status = parseStatus(headerOf(request, "Status") ?? "");
    const id = headerOf(request, "Message-ID");
    const to = request.toPath.at(-1);
    const message = [...this.#allMessages].find((m) => m.messageId === id && m.session.fromPath === to);
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
    const lost = new InletError("INLET_MSRP_CONNECTION_LOST");
    for (const message of this.#messages) message.fail(lost);
    for (const settle of this.#requests.values()) settle(lost);
    this.#gone.resolve();
  }
}
