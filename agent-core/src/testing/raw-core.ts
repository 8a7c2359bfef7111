/**
 * A SIP core written by hand for tests: a TCP server that reads with regular expressions and says exactly what it is told.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

export const header = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, "im").exec(text)?.[1]?.trim();

export const headers = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, "gim"))].map((match) => match[1]?.trim() ?? "");

/** The lines a response echoes. */
export const echo = (request: string): string[] =>
  ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
    headers(request, name).map((value) => `${name}: ${value}`),
  );

export class RawCore implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Everything received, one entry a message. */
  readonly received: string[] = [];
  /** How many were taken out by `next`. */
  #taken = 0;
  #wake: (() => void) | undefined;
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async listen(port = 0, host = "127.0.0.1"): Promise<RawCore> {
    const server = createServer();
    server.listen(port, host);
    await once(server, "listening");
    return new RawCore(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Registrar URI for an account. */
  get uri(): string {
    return `sip:${this.#host}:${this.port};transport=tcp`;
  }

  /** As it stands in a URI. */
  get #host(): string {
    const address = this.#server.address();
    const host = typeof address === "object" && address !== null ? address.address : "127.0.0.1";
    return host.includes(":") ? `[${host}]` : host;
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    let buffer = "";
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#wake?.();
    });
    socket.on("data", (data) => {
      buffer += data.toString("latin1");
      for (;;) {
        const end = buffer.indexOf("\r\n\r\n");
        if (end < 0) break;
        if (end === 0) {
          this.received.push(buffer.slice(0, 4));
          buffer = buffer.slice(4);
          continue;
        }
        const length = Number(header(buffer.slice(0, end), "Content-Length") ?? 0);
        if (buffer.length < end + 4 + length) break;
        this.received.push(buffer.slice(0, end + 4 + length));
        buffer = buffer.slice(end + 4 + length);
      }
      this.#wake?.();
    });
  }

  /** The next message that fits, skipping others. */
  async next(fits: RegExp | string): Promise<string> {
    const until = Date.now() + 8000;
    for (;;) {
      while (this.#taken < this.received.length) {
        const message = this.received[this.#taken++] ?? "";
        if (typeof fits === "string" ? message.startsWith(fits) : fits.test(message)) return message;
      }
      await this.#change(until, `never came: ${fits}; got ${JSON.stringify(this.received.slice(-3))}`);
    }
  }

  /** Open connections. */
  sockets(): Socket[] {
    return [...this.#sockets];
  }

  /** Waits until no connection is open. */
  async disconnected(): Promise<void> {
    const until = Date.now() + 8000;
    while (this.#sockets.size > 0) await this.#change(until, "still connected");
  }

  async #change(until: number, what: string): Promise<void> {
    const left = until - Date.now();
    if (left <= 0) throw new Error(what);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  send(bytes: string | Uint8Array): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  /** Answers a request; a To tag is added where there is none. */
  respond(request: string, status: string, extra: readonly string[] = [], body = ""): void {
    const lines = echo(request).map((line) => (/^To:/.test(line) && !/;tag=/.test(line) ? `${line};tag=core` : line));
    this.send(
      `${[`SIP/2.0 ${status}`, ...lines, ...extra, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`,
    );
  }

  /** Takes the next REGISTER and grants it. */
  async register(expires = 3600): Promise<string> {
    const request = await this.next("REGISTER");
    this.respond(request, "200 OK", [`Contact: ${header(request, "Contact")};expires=${expires}`]);
    return request;
  }

  /** A request from the core, with everything a request needs that `lines` does not give. */
  request(method: string, uri: string, lines: readonly string[] = [], body = ""): void {
    const given = (name: string): boolean => lines.some((line) => new RegExp(`^${name}\\s*:`, "i").test(line));
    const branch = `z9hG4bK-core-${Math.random().toString(36).slice(2)}`;
    const defaults = [
      ["Via", `SIP/2.0/TCP ${this.#host}:${this.port};branch=${branch}`],
      ["Max-Forwards", "70"],
      ["From", "<sip:core@example.net>;tag=core"],
      ["To", "<sip:bob@example.net>"],
      ["Call-ID", branch],
      ["CSeq", `1 ${method}`],
      ["Contact", `<sip:core@${this.#host}:${this.port};transport=tcp>`],
    ].flatMap(([name = "", value]) => (given(name) ? [] : [`${name}: ${value}`]));
    const length = given("Content-Length") ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    this.send(`${[`${method} ${uri} SIP/2.0`, ...defaults, ...lines, ...length].join("\r\n")}\r\n\r\n${body}`);
  }

  /** Cuts every connection at once. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
