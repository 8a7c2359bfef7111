/** SIP over WebSocket (RFC 7118): one message in one frame, subprotocol "sip". Via and Contact name no address. */
import WebSocket from "ws";
import { hostPort, InletError, LIMITS, millis, randomToken } from "../../kernel/index.ts";
import { parseDatagram } from "../../wire/sip/index.ts";
import type { FlowHandlers, FlowOptions, FlowTarget, OpenFlow } from "./flow.ts";
import { FlowTrace } from "./flow-trace.ts";
import { KeepAlive } from "./keep-alive.ts";
import { refuseMalformed } from "./refuse-malformed.ts";
import { certificateError, checkFingerprint, tlsOptions } from "./tls.ts";

export class WebSocketFlow implements OpenFlow {
  readonly protocol: "WS" | "WSS";
  readonly reliable = true;
  /** RFC 7118 §5: a browser knows no address, so a name that exists nowhere stands for it. */
  readonly localAddress = `${randomToken(48)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "x")}.invalid`;
  readonly localPort = 0;
  readonly #socket: WebSocket;
  readonly #options: FlowOptions;
  readonly #keepAlive: KeepAlive;
  readonly #trace: FlowTrace | undefined;
  #handlers: FlowHandlers | undefined;
  #closing: Disposable | undefined;
  #closed = false;

  private constructor(socket: WebSocket, options: FlowOptions, target: FlowTarget, protocol: "WS" | "WSS") {
    this.protocol = protocol;
    this.#socket = socket;
    this.#options = options;
    const { localAddress, localPort } = this;
    const ends = { protocol, localAddress, localPort, remoteAddress: target.host, remotePort: target.port };
    this.#trace = FlowTrace.of(options.trace, ends);
    this.#keepAlive = new KeepAlive(
      options.clock,
      (bytes) => void this.send(bytes).catch(() => undefined),
      () => this.#socket.terminate(),
    );
    socket.on("error", (error) => options.log("debug", "sip.websocket.error", { error: error.message }));
    socket.on("message", (data) => this.#receive(bytesOf(data)));
    socket.on("close", () => this.#end(new InletError("INLET_SIP_CONNECTION_LOST")));
    socket.pause();
  }

  /** Fails with INLET_SIP_CONNECTION_FAILED or INLET_SIP_CERTIFICATE. */
  static async open(target: FlowTarget, options: FlowOptions, signal?: AbortSignal): Promise<WebSocketFlow> {
    const secure = target.protocol === "WSS";
    const socket = new WebSocket(`${secure ? "wss" : "ws"}://${hostPort(target.host, target.port)}/`, "sip", {
      maxPayload: LIMITS.sipHeaders + LIMITS.sipBody,
      perMessageDeflate: false,
      followRedirects: false,
      ...(secure && tlsOptions(target)),
    });
    const abort = (): void => socket.terminate();
    const timer = options.clock.after(millis(target.timeout), abort);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("open", resolve);
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("closed")));
        if (secure) {
          socket.once("upgrade", (response) => {
            try {
              checkFingerprint(response.socket, target);
            } catch (error) {
              reject(error);
            }
          });
        }
      });
      if (socket.protocol !== "sip") throw new Error("the server does not speak SIP over WebSocket");
      return new WebSocketFlow(socket, options, target, secure ? "WSS" : "WS");
    } catch (error) {
      socket.on("error", () => undefined);
      socket.terminate();
      throw connectionError(error, target);
    } finally {
      timer[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
    }
  }

  start(handlers: FlowHandlers, keepAlive: boolean): void {
    this.#handlers = handlers;
    if (keepAlive) this.#keepAlive.start();
    this.#socket.resume();
  }

  promised(seconds?: number): void {
    this.#keepAlive.promised(seconds);
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    if (this.#socket.bufferedAmount > LIMITS.sipUnsent) {
      this.#socket.terminate();
      this.#end(new InletError("INLET_SIP_TIMEOUT"));
      return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    }
    this.#trace?.sent(bytes);
    return new Promise((resolve, reject) => {
      // A text frame, where the message is text (RFC 7118 §4.2 lets the client choose; some servers take no binary).
      const data = isText(bytes) ? Buffer.from(bytes).toString("utf8") : bytes;
      this.#socket.send(data, (error) => (error ? reject(new InletError("INLET_SIP_CONNECTION_LOST")) : resolve()));
    });
  }

  close(): void {
    this.#closed = true;
    this.#keepAlive.stop();
    this.#socket.close(1000);
    // A server that does not answer the closing handshake must not hold the process.
    this.#closing = this.#options.clock.after(millis(1000), () => this.#socket.terminate());
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const framed = parseDatagram(bytes);
    this.#trace?.received(framed);
    if (framed.kind === "crlf") {
      this.#keepAlive.emptyLine();
      if (bytes.length === 4) this.#keepAlive.emptyLine();
    } else if (framed.kind === "message") {
      this.#keepAlive.message();
      this.#handlers?.message(framed.message);
    } else {
      this.#options.log("info", "sip.malformed", { code: framed.error.code, detail: framed.error.detail });
      const response = refuseMalformed(framed.head, framed.error);
      if (response !== undefined) this.send(response).catch(() => undefined);
    }
  }

  #end(error: InletError): void {
    this.#closing?.[Symbol.dispose]();
    this.#keepAlive.stop();
    const handlers = this.#handlers;
    this.#handlers = undefined;
    const requested = this.#closed;
    this.#closed = true;
    if (requested) handlers?.closed();
    else handlers?.closed(error);
  }
}

const bytesOf = (data: WebSocket.RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function connectionError(error: unknown, target: FlowTarget): InletError {
  if (error instanceof InletError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const untrusted = certificateError(error as NodeJS.ErrnoException);
  if (untrusted !== undefined) return untrusted;
  return new InletError("INLET_SIP_CONNECTION_FAILED", `${target.host}:${target.port}: ${code ?? message}`);
}
