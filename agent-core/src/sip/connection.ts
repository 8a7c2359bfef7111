/**
 * One SIP connection over TCP: bytes ⇄ messages, keep-alive (RFC 5626 §4.4.1), and its end. Owns the socket. A peer
 * that breaks the framing is answered 400 where that is possible and loses the connection, nothing else.
 */
import { connect as connectSocket, type Socket } from "node:net";
import { type Clock, InletError, LIMITS, type Log, millis } from "../kernel/index.ts";
import { SipFramer, type SipMessage } from "../wire/sip/index.ts";
import type { SipFlow } from "./flow.ts";
import { refuseMalformed } from "./refuse-malformed.ts";

export interface ConnectionOptions {
  readonly log: Log;
  readonly clock: Clock;
}

export interface ConnectionHandlers {
  message(message: SipMessage): void;
  /** Once. With an error unless this side closed it. */
  closed(error?: InletError): void;
}

/** RFC 5626 §4.4.1: between 80 and 100 % of 120 s; and 10 s for the answer. */
const PING_EVERY = 110_000;
const PONG_WITHIN = 10_000;

export class SipConnection implements SipFlow {
  readonly protocol = "TCP";
  readonly reliable = true;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #framer = new SipFramer();
  #handlers: ConnectionHandlers | undefined;
  #closed = false;
  #emptyLines = 0;
  #ping: Disposable | undefined;
  #pong: Disposable | undefined;
  #unfinished: Disposable | undefined;

  /** `socket` is connected. */
  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.localAddress = socket.localAddress ?? "";
    this.localPort = socket.localPort ?? 0;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) =>
      options.log("debug", "sip.connection.error", { code: (error as NodeJS.ErrnoException).code }),
    );
    socket.on("close", () => this.#end(new InletError("INLET_SIP_CONNECTION_LOST")));
    socket.pause();
  }

  /** Opens a connection. Fails with INLET_SIP_CONNECTION_FAILED, also when `timeout` passes. */
  static async open(
    target: { readonly host: string; readonly port: number; readonly timeout: number },
    options: ConnectionOptions,
    signal?: AbortSignal,
  ): Promise<SipConnection> {
    const socket = connectSocket({ host: target.host, port: target.port });
    const timer = options.clock.after(millis(target.timeout), () => socket.destroy(new Error("timed out")));
    const abort = (): void => void socket.destroy(new Error("aborted"));
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("closed")));
        if (signal?.aborted === true) abort();
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new InletError("INLET_SIP_CONNECTION_FAILED", `${target.host}:${target.port}: ${code ?? message}`);
    } finally {
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
      socket.removeAllListeners();
    }
    return new SipConnection(socket, options);
  }

  /** Begins to read. `keepAlive`: this side opened the connection and keeps it alive. */
  start(handlers: ConnectionHandlers, keepAlive: boolean): void {
    this.#handlers = handlers;
    if (keepAlive) this.#schedulePing();
    this.#socket.resume();
  }

  /** Resolves when the bytes were handed to the system; rejects when the connection is gone. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(new InletError("INLET_SIP_CONNECTION_LOST")) : resolve()));
    });
  }

  /** Sends what is queued, then closes. */
  close(): void {
    this.#closed = true;
    this.#stopTimers();
    this.#socket.destroySoon();
  }

  #receive(bytes: Uint8Array): void {
    for (const framed of this.#framer.push(bytes)) {
      if (this.#closed) return;
      switch (framed.kind) {
        case "crlf":
          this.#emptyLine();
          break;
        case "message":
          this.#emptyLines = 0;
          this.#handlers?.message(framed.message);
          break;
        case "malformed": {
          this.#options.log("info", "sip.malformed", { code: framed.error.code, detail: framed.error.detail });
          const response = refuseMalformed(framed.head, framed.error);
          if (response !== undefined) this.send(response).catch(() => undefined);
          if (framed.lost) this.#socket.destroySoon();
          break;
        }
      }
    }
    // A message that began must end: a peer that stops in its middle would hold the buffer for ever.
    this.#unfinished?.[Symbol.dispose]();
    this.#unfinished = this.#framer.incomplete
      ? this.#options.clock.after(millis(LIMITS.sipMessageTimeout), () => this.#fail("INLET_SIP_TIMEOUT"))
      : undefined;
  }

  #emptyLine(): void {
    if (this.#pong !== undefined) {
      this.#pong[Symbol.dispose]();
      this.#pong = undefined;
      return;
    }
    this.#emptyLines++;
    if (this.#emptyLines === 2) {
      this.#emptyLines = 0;
      this.send(Buffer.from("\r\n")).catch(() => undefined);
    }
  }

  #schedulePing(): void {
    this.#ping = this.#options.clock.after(millis(PING_EVERY), () => {
      this.send(Buffer.from("\r\n\r\n")).catch(() => undefined);
      // A core that never answers pings is still a core: without a pong the flow only counts as dead when TCP says so,
      // unless it answered before (RFC 5626 §4.4.1 asks for outbound support, which is negotiated later).
      this.#pong ??= this.#options.clock.after(millis(PONG_WITHIN), () => {
        this.#pong = undefined;
        this.#options.log("info", "sip.keepalive.unanswered");
      });
      this.#schedulePing();
    });
  }

  #fail(code: "INLET_SIP_TIMEOUT"): void {
    this.#socket.destroy();
    this.#end(new InletError(code));
  }

  #end(error: InletError): void {
    this.#stopTimers();
    const handlers = this.#handlers;
    this.#handlers = undefined;
    const requested = this.#closed;
    this.#closed = true;
    if (requested) handlers?.closed();
    else handlers?.closed(error);
  }

  #stopTimers(): void {
    this.#ping?.[Symbol.dispose]();
    this.#pong?.[Symbol.dispose]();
    this.#unfinished?.[Symbol.dispose]();
  }
}
