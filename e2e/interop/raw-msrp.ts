/** An MSRP sender written by hand, sharing no code with Inlet: chunks of any size, any bytes, any rudeness. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

export interface RawSendOptions {
  /** The `a=path` of the receiver. */
  readonly to: string;
  readonly from: string;
  readonly data: Buffer;
  /** Octets of a chunk. */
  readonly chunk: number;
  readonly type?: string;
  readonly successReport?: boolean;
  readonly messageId?: string;
  /** Octets written to the socket at a time; default: whole chunks. */
  readonly split?: number;
}

export class RawMsrp {
  readonly socket: Socket;
  text = "";
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data: Buffer) => {
      this.text += data.toString("latin1");
      this.#wake?.();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#wake?.());
  }

  /** To the first URI of `path`; over TLS, if that is msrps. */
  static async open(path: string, tls: ConnectionOptions = {}): Promise<RawMsrp> {
    const match = /^msrp(s?):\/\/(?:\[([^\]]+)\]|([^:/[]+)):(\d+)[/;]/.exec(path);
    const host = match?.[2] ?? match?.[3];
    if (host === undefined) throw new Error(`no path: ${path}`);
    const port = Number(match?.[4]);
    const socket = match?.[1] === "s" ? connectTls({ ...tls, host, port }) : connect(port, host);
    await once(socket, match?.[1] === "s" ? "secureConnect" : "connect");
    socket.setNoDelay(true);
    return new RawMsrp(socket);
  }

  /** Sends a message in chunks; resolves when the bytes are with the system. */
  async send({
    to,
    from,
    data,
    chunk,
    type = "application/octet-stream",
    successReport = true,
    messageId,
    split,
  }: RawSendOptions): Promise<void> {
    const id = messageId ?? `m${process.hrtime.bigint()}`;
    let n = 0;
    for (let start = 0; start === 0 || start < data.length; start += chunk) {
      const bytes = data.subarray(start, start + chunk);
      const transaction = `tid${n++}x${Math.floor(Math.random() * 1e9)}`;
      const last = start + chunk >= data.length;
      const lines = [
        `MSRP ${transaction} SEND`,
        `To-Path: ${to}`,
        `From-Path: ${from}`,
        `Message-ID: ${id}`,
        `Byte-Range: ${start + 1}-${start + bytes.length}/${data.length}`,
        ...(successReport ? ["Success-Report: yes"] : []),
        `Content-Type: ${type}`,
      ];
      const end = `\r\n-------${transaction}${last ? "$" : "+"}\r\n`;
      await this.write(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), bytes, Buffer.from(end)]), split);
    }
  }

  async write(bytes: Buffer, split = bytes.length): Promise<void> {
    for (let at = 0; at < bytes.length; at += split) {
      if (!this.socket.write(bytes.subarray(at, at + split))) await once(this.socket, "drain");
      // A turn of the event loop between pieces lets each arrive by itself.
      if (split < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits until what came back holds `pattern`. */
  async until(pattern: RegExp, within = 20_000): Promise<RegExpExecArray> {
    const end = Date.now() + within;
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      const left = end - Date.now();
      if (left <= 0 || this.socket.destroyed)
        throw new Error(`never came: ${pattern} in ${JSON.stringify(this.text.slice(-500))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
