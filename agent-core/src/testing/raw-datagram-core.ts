/** A SIP core written by hand for tests, over UDP: it grants every REGISTER and says exactly what it is told. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { echo, header } from "./raw-core.ts";

export class RawDatagramCore implements AsyncDisposable {
  readonly #socket: Socket;
  /** Everything received but REGISTER. */
  readonly received: string[] = [];
  registrations = 0;
  #peer = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, { port }) => {
      this.#peer = port;
      const text = bytes.toString("latin1");
      if (text.startsWith("REGISTER")) this.#grant(text);
      else this.received.push(text);
    });
  }

  static async listen(port = 0): Promise<RawDatagramCore> {
    const socket = createSocket("udp4");
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    return new RawDatagramCore(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get uri(): string {
    return `sip:127.0.0.1:${this.port};transport=udp`;
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.send(bytes, this.#peer, "127.0.0.1");
  }

  #grant(request: string): void {
    this.registrations++;
    const contact = `Contact: ${header(request, "Contact")};expires=${header(request, "Expires") ?? 3600}`;
    const lines = ["SIP/2.0 200 OK", ...echo(request), contact, "Content-Length: 0"];
    this.send(`${lines.join("\r\n")}\r\n\r\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
