/** A hostile or plain MSRP peer of a test: a socket that sends what it is told and remembers what came. */
import { connect, type Socket } from "node:net";

export class RawPeer {
  readonly socket: Socket;
  #text = "";
  #ended = false;
  #look: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (data: string) => {
      this.#text += data;
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawPeer(socket);
  }

  /** All that came so far. */
  get text(): string {
    return this.#text;
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  /** All that came, as soon as it matches; fails when the other side ends before. */
  async until(wanted: RegExp): Promise<string> {
    for (;;) {
      if (wanted.test(this.#text)) return this.#text;
      if (this.#ended) throw new Error(`ended before ${wanted}: ${this.#text}`);
      await new Promise<void>((resolve) => this.#look.push(resolve));
    }
  }

  /** All that came until the other side ended. */
  async ended(): Promise<string> {
    while (!this.#ended) await new Promise<void>((resolve) => this.#look.push(resolve));
    return this.#text;
  }

  /** As soon as `count` requests and responses began. */
  async untilStarts(count: number): Promise<void> {
    while (this.starts.length < count) {
      if (this.#ended) throw new Error(`ended: ${this.#text}`);
      await new Promise<void>((resolve) => this.#look.push(resolve));
    }
  }

  /** Start lines that came, each as `id code` or `id METHOD`. */
  get starts(): string[] {
    return [...this.#text.matchAll(/^MSRP (\S+ (?:\d{3}|[A-Z]+))/gm)].map((m) => m[1] ?? "");
  }

  close(): void {
    this.socket.destroy();
  }

  #wake(): void {
    const look = this.#look;
    this.#look = [];
    for (const resolve of look) resolve();
  }
}

/** A SEND as a peer would put it. */
export function sendText(request: {
  readonly id: string;
  readonly to: string;
  readonly body?: string;
  readonly flag?: string;
  readonly range?: string;
  readonly messageId?: string;
  readonly from?: string;
  readonly type?: string;
  readonly more?: string;
}): string {
  const {
    id,
    to,
    body,
    flag = "$",
    range,
    messageId = "msg1",
    from = "msrp://127.0.0.1:9/peer;tcp",
    more = "",
  } = request;
  const byteRange = range === undefined ? "" : `Byte-Range: ${range}\r\n`;
  const head = `MSRP ${id} SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${from}\r\nMessage-ID: ${messageId}\r\n${byteRange}${more}`;
  const content = body === undefined ? "" : `Content-Type: ${request.type ?? "text/plain"}\r\n\r\n${body}\r\n`;
  return `${head}${content}-------${id}${flag}\r\n`;
}
