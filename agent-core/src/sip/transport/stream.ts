/**
 * SIP over TCP or TLS (RFC 3261 §18, §26.2): bytes ⇄ messages, keep-alive, and the end. Owns the socket. A peer that breaks
 * the framing is answered 400 where that is possible and loses the connection, nothing else.
 */
import type { Socket } from "node:net";
import { InletError, LIMITS, millis } from "../../kernel/index.ts";
import { SipFramer } from "../../wire/sip/index.ts";
import type { FlowHandlers, FlowOptions, OpenFlow } from "./flow.ts";
import { FlowTrace } from "./flow-trace.ts";
import { KeepAlive } from "./keep-alive.ts";
import { refuseMalformed } from "./refuse-malformed.ts";

/** A read as large as this says that more is waiting: everything else has its turn first. */
const SHARE = 16 * 1024;

export class SipConnection implements OpenFlow {
  readonly protocol: "TCP" | "TLS";
  readonly reliable = true;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #options: FlowOptions;
  readonly #framer = new SipFramer();
  readonly #keepAlive: KeepAlive;
  readonly #trace: FlowTrace | undefined;
  #handlers: FlowHandlers | undefined;
  #closed = false;
  #gathering = false;
  /** The other side has spoken SIP. */
  #heard = false;
  #unfinished: Disposable | undefined;

  /** `socket` is connected, and for TLS its certificate was checked. */
  constructor(socket: Socket, options: FlowOptions, protocol: "TCP" | "TLS" = "TCP") {
    this.protocol = protocol;
    this.#socket = socket;
    this.#options = options;
    this.localAddress = socket.localAddress ?? "";
    this.localPort = socket.localPort ?? 0;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
    this.#trace = FlowTrace.of(options.trace, this);
    this.#keepAlive = new KeepAlive(
      options.clock,
      (bytes) => void this.send(bytes).catch(() => undefined),
      () => this.#fail("INLET_SIP_TIMEOUT"),
    );
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.#receive(bytes);
      if (bytes.length >= SHARE) this.#giveWay();
    });
    socket.on("error", (error) =>
      options.log("debug", "sip.connection.error", { code: (error as NodeJS.ErrnoException).code }),
    );
    socket.on("close", () => this.#end(new InletError("INLET_SIP_CONNECTION_LOST")));
    socket.pause();
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
    if (this.#socket.writableLength > LIMITS.sipUnsent) {
      this.#fail("INLET_SIP_TIMEOUT");
      return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    }
    this.#trace?.sent(bytes);
    this.#gather();
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(new InletError("INLET_SIP_CONNECTION_LOST")) : resolve()));
    });
  }

  /** What is sent in one turn leaves in one write. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#gathering = false;
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopTimers();
    this.#socket.destroySoon();
  }

  #giveWay(): void {
    this.#socket.pause();
    setImmediate(() => this.#socket.resume());
  }

  #receive(bytes: Uint8Array): void {
    for (const framed of this.#framer.push(bytes)) {
      if (this.#closed) return;
      this.#trace?.received(framed);
      switch (framed.kind) {
        case "crlf":
          this.#keepAlive.emptyLine();
          break;
        case "message":
          this.#heard = true;
          this.#keepAlive.message();
          this.#handlers?.message(framed.message);
          break;
        case "malformed": {
          this.#options.log("info", "sip.malformed", { code: framed.error.code, detail: framed.error.detail });
          const response = refuseMalformed(framed.head, framed.error);
          if (response !== undefined) this.send(response).catch(() => undefined);
          if (!this.#heard && !mentionsSip(framed.head)) {
            this.#fail("INLET_SIP_OTHER_PROTOCOL");
            return;
          }
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

  #fail(code: "INLET_SIP_TIMEOUT" | "INLET_SIP_OTHER_PROTOCOL"): void {
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
    this.#keepAlive.stop();
    this.#unfinished?.[Symbol.dispose]();
  }
}

/** In its first line: a page of a network that wants a sign-in, or any other server, says something else there. */
const mentionsSip = (head: Uint8Array): boolean =>
  /\bSIP\b/i.test(Buffer.from(head.subarray(0, 1000)).toString("latin1").split("\n", 1)[0] ?? "");
