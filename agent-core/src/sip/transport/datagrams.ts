/**
 * SIP over UDP (RFC 3261 §18.1.1): one socket for one next hop, whose address is the only one it hears. A datagram that
 * cannot be understood is answered or dropped. Empty lines keep a translation open on the way (RFC 5626 §4.4.2 would
 * have STUN; every core takes these).
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { InletError, millis } from "../../kernel/index.ts";
import { parseDatagram } from "../../wire/sip/index.ts";
import type { FlowHandlers, FlowOptions, FlowTarget, OpenFlow } from "./flow.ts";
import { FlowTrace } from "./flow-trace.ts";
import { refuseMalformed } from "./refuse-malformed.ts";

const KEEP_ALIVE = 20_000;

export class DatagramFlow implements OpenFlow {
  readonly protocol = "UDP";
  readonly reliable = false;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #options: FlowOptions;
  readonly #trace: FlowTrace | undefined;
  #handlers: FlowHandlers | undefined;
  #keepAlive: Disposable | undefined;
  #closed = false;

  private constructor(socket: Socket, options: FlowOptions) {
    this.#socket = socket;
    this.#options = options;
    const { address, port } = socket.address();
    this.localAddress = address;
    this.localPort = port;
    const { address: remoteAddress, port: remotePort } = socket.remoteAddress();
    const ends = { protocol: "UDP", localAddress: address, localPort: port, remoteAddress, remotePort } as const;
    this.#trace = FlowTrace.of(options.trace, ends);
    socket.on("error", (error) => this.#failed(error));
    socket.on("message", (bytes) => this.#receive(bytes));
  }

  /** Fails with INLET_SIP_CONNECTION_FAILED where the name or the network is not there. */
  static async open(target: FlowTarget, options: FlowOptions): Promise<DatagramFlow> {
    const socket = createSocket(isIPv6(target.host) ? "udp6" : "udp4");
    try {
      socket.connect(target.port, target.host);
      await once(socket, "connect");
      return new DatagramFlow(socket, options);
    } catch (error) {
      socket.close();
      const { code, message } = error as NodeJS.ErrnoException;
      throw new InletError("INLET_SIP_CONNECTION_FAILED", `${target.host}:${target.port}: ${code ?? message}`);
    }
  }

  start(handlers: FlowHandlers, keepAlive: boolean): void {
    this.#handlers = handlers;
    if (keepAlive) this.#scheduleKeepAlive();
  }

  promised(): void {
    // Over UDP keep-alives come often enough for everyone, and nobody answers empty lines.
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    this.#trace?.sent(bytes);
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, (error) => {
        // Loss is UDP's way, refusal included; only what can never go out is a failure.
        const code = (error as NodeJS.ErrnoException | null)?.code;
        if (code === "EMSGSIZE" || code === "ENETUNREACH") reject(new InletError("INLET_SIP_CONNECTION_LOST", code));
        else resolve();
        // The system tells of a refusal by whichever call comes next.
        if (error !== null) this.#failed(error);
      });
    });
  }

  close(): void {
    this.#end();
  }

  /** Nobody listens there (ICMP, RFC 1122 §4.1.3.3): as good as a connection that was cut. Anything else is loss. */
  #failed(error: NodeJS.ErrnoException): void {
    this.#options.log("debug", "sip.datagram.error", { code: error.code });
    if (error.code === "ECONNREFUSED") this.#end(new InletError("INLET_SIP_CONNECTION_LOST", error.code));
  }

  #end(error?: InletError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keepAlive?.[Symbol.dispose]();
    // What was sent in this turn still goes out.
    setImmediate(() => this.#socket.close());
    this.#handlers?.closed(error);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const framed = parseDatagram(bytes);
    this.#trace?.received(framed);
    if (framed.kind === "message") this.#handlers?.message(framed.message);
    if (framed.kind !== "malformed") return;
    this.#options.log("info", "sip.malformed", { code: framed.error.code, detail: framed.error.detail });
    const response = refuseMalformed(framed.head, framed.error);
    if (response !== undefined) this.send(response).catch(() => undefined);
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#options.clock.after(millis(KEEP_ALIVE), () => {
      this.send(Buffer.from("\r\n\r\n")).catch(() => undefined);
      this.#scheduleKeepAlive();
    });
  }
}
