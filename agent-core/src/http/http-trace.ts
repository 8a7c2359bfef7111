/**
 * What one GET tells the trace: its head, and that of the answer with the octets that followed, never content. What stands
 * behind a question mark is often a key, and is left out.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import { hostPort, type TraceProtocol, type TraceSink } from "../kernel/index.ts";

const withoutKeys = (address: string): string => address.replace(/\?.*/s, "?[redacted]");

export class HttpTrace {
  readonly #sink: TraceSink;
  readonly #protocol: TraceProtocol;
  readonly #head: string;
  #local = "";
  /** As the URL names it, until it is known by its address. */
  #remote: string;
  #answer: string | undefined;
  #octets = 0;
  #over = false;

  constructor(sink: TraceSink, url: URL, request: ClientRequest) {
    this.#sink = sink;
    this.#protocol = url.protocol === "https:" ? "HTTPS" : "HTTP";
    this.#remote = url.host;
    const headers = Object.entries(request.getHeaders()).map(([name, value]) => `${name}: ${value}`);
    this.#head = [`GET ${withoutKeys(request.path)} HTTP/1.1`, ...headers].join("\r\n");
    request.once("socket", (socket) => {
      socket.once("connect", () => {
        const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = socket;
        this.#local = hostPort(localAddress, localPort);
        this.#remote = hostPort(remoteAddress, remotePort);
        this.#tell("out", this.#head);
      });
    });
  }

  answered({ statusCode, statusMessage, rawHeaders }: IncomingMessage): void {
    const lines = rawHeaders.flatMap((name, at) => {
      const value = rawHeaders[at + 1] ?? "";
      if (at % 2 === 1 || /^set-cookie/i.test(name)) return [];
      return [`${name}: ${/location$/i.test(name) ? withoutKeys(value) : value}`];
    });
    this.#answer = [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines].join("\r\n");
  }

  octets(count: number): void {
    this.#octets += count;
  }

  /** Once it counts: all that was wanted has come, or `why` not. */
  end(why?: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#local === "") this.#tell("out", this.#head);
    const octets = `[${this.#octets} octets${why === undefined ? "" : `, then ${why}`}]`;
    if (this.#answer === undefined) this.#tell("in", `[${why ?? "no answer"}]`, true);
    else this.#tell("in", `${this.#answer}\r\n\r\n${octets}`, why !== undefined);
  }

  #tell(direction: "in" | "out", head: string, malformed = false): void {
    this.#sink({ direction, protocol: this.#protocol, local: this.#local, remote: this.#remote, head, malformed });
  }
}
