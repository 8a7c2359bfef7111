/** An MSRP relay of a test (RFC 4976): remembers what it is asked, and answers what the test says. */
import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface RawAuth {
  readonly text: string;
  readonly to: string;
  readonly from: string;
  header(name: string): string | undefined;
  /** Status line without the transact-id, and further lines. */
  answer(status: string, ...lines: readonly string[]): void;
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

export class RawRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #asked: RawAuth[] = [];
  #wake: (() => void) | undefined;
  /** All that came. */
  text = "";
  connections = 0;
  /** Of the last connection. */
  socket: Socket | undefined;

  private constructor(server: Server, event: string) {
    this.#server = server;
    server.on(event, (socket: Socket) => this.#accept(socket));
  }

  static async listen(tls?: { readonly key: string; readonly cert: string }, port = 0): Promise<RawRelay> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const relay = new RawRelay(server, tls === undefined ? "connection" : "secureConnection");
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  /** The next AUTH. */
  async asked(): Promise<RawAuth> {
    for (;;) {
      const auth = this.#asked.shift();
      if (auth !== undefined) return auth;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async until(wanted: RegExp): Promise<string> {
    while (!wanted.test(this.text)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.text;
  }

  /** Challenges the next AUTH and grants the one that follows, whose credentials are returned. */
  async grant(path: string, expires = 1800, nonce = "n1"): Promise<RawAuth> {
    const first = await this.asked();
    first.answer("401 Unauthorized", `WWW-Authenticate: Digest realm="r", nonce="${nonce}", qop="auth"`);
    const second = await this.asked();
    second.answer("200 OK", `Use-Path: ${path}`, `Expires: ${expires}`);
    return second;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    this.socket = socket;
    let buffer = "";
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (data) => {
      buffer += data.toString("latin1");
      this.text += data.toString("latin1");
      for (;;) {
        const match = /MSRP (\S+) AUTH\r\n([\s\S]*?)-------\1\$\r\n/.exec(buffer);
        if (match === null) break;
        buffer = buffer.slice(match.index + match[0].length);
        this.#asked.push(this.#auth(socket, match[1] ?? "", match[2] ?? ""));
      }
      this.#wake?.();
    });
  }

  #auth(socket: Socket, id: string, text: string): RawAuth {
    const header = (name: string): string | undefined => new RegExp(`^${name}: (.*)\r$`, "m").exec(text)?.[1];
    const [to = "", from = ""] = [header("To-Path"), header("From-Path")];
    const answer = (status: string, ...lines: readonly string[]): void => {
      const head = [`MSRP ${id} ${status}`, `To-Path: ${from}`, `From-Path: ${to.split(" ")[0]}`, ...lines];
      socket.write(`${[...head, `-------${id}$`].join("\r\n")}\r\n`);
    };
    return { text, to, from, header, answer };
  }
}

/** What `response` of an Authorization with MD5 and qop=auth has to be. */
export function rawDigest(authorization: string, user: string, password: string): string {
  const value = (name: string): string => new RegExp(`\\b${name}="?([^",]*)"?`).exec(authorization)?.[1] ?? "";
  const secret = md5(`${user}:${value("realm")}:${password}`);
  const asked = md5(`AUTH:${value("uri")}`);
  return md5(`${secret}:${value("nonce")}:${value("nc")}:${value("cnonce")}:auth:${asked}`);
}
