/**
 * A SIP caller written by hand over UDP, sharing no code with Inlet: what it sends is spelled out here, and what it reads it
 * reads with regular expressions.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface RawResponse {
  readonly status: number;
  readonly text: string;
  readonly body: string;
  /** CSeq method. */
  readonly method: string;
}

const header = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, "im").exec(text)?.[1]?.trim();

const headers = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, "gim"))].map((match) => match[1]?.trim() ?? "");

let count = 0;

export class RawCaller {
  readonly #socket: Socket;
  readonly #core: number;
  readonly #port: number;
  readonly #received: RawResponse[] = [];
  /** Requests from the other side, such as BYE. */
  readonly requests: string[] = [];
  #wake: (() => void) | undefined;
  #callId = "";
  #tag = "";
  #toTag = "";
  #target = "";
  #route = "";
  #cseq = 1;
  #branch = "";

  private constructor(socket: Socket, core: number) {
    this.#socket = socket;
    this.#core = core;
    this.#port = socket.address().port;
    socket.on("message", (data) => this.#take(data.toString("latin1")));
  }

  static async open(core: number): Promise<RawCaller> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new RawCaller(socket, core);
  }

  /** `extra`: header lines without their line end. */
  invite(to: string, body: Buffer | string, extra: readonly string[] = []): void {
    this.#callId = `call-${process.pid}-${count++}@127.0.0.1`;
    this.#tag = `t${count}`;
    this.#cseq = 1;
    this.#target = to;
    this.#route = "";
    this.#toTag = "";
    this.#branch = `z9hG4bK-raw-${process.pid}-${count}`;
    const type = extra.some((line) => /^content-type/i.test(line)) ? [] : ["Content-Type: application/sdp"];
    this.#send("INVITE", to, this.#branch, [...extra, ...type], Buffer.from(body));
  }

  message(to: string, text: string, extra: readonly string[] = ["Content-Type: text/plain"]): void {
    this.#callId = `msg-${process.pid}-${count++}@127.0.0.1`;
    this.#tag = `t${count}`;
    this.#toTag = "";
    this.#target = to;
    this.#cseq = 1;
    this.#send("MESSAGE", to, `z9hG4bK-raw-${process.pid}-m${count}`, extra, Buffer.from(text));
  }

  cancel(): void {
    this.#send("CANCEL", this.#target, this.#branch, [], Buffer.alloc(0));
  }

  /** For the 2xx that came last. */
  ack(): void {
    this.#send("ACK", this.#target, `z9hG4bK-raw-${process.pid}-a${count++}`, [], Buffer.alloc(0));
  }

  bye(): void {
    this.#cseq++;
    this.#send("BYE", this.#target, `z9hG4bK-raw-${process.pid}-b${count++}`, [], Buffer.alloc(0));
  }

  reinvite(body: string): void {
    this.#cseq++;
    this.#send(
      "INVITE",
      this.#target,
      `z9hG4bK-raw-${process.pid}-i${count++}`,
      ["Content-Type: application/sdp"],
      Buffer.from(body),
    );
  }

  /** The next response that is no 100, in the order they came. */
  async response(): Promise<RawResponse> {
    const until = Date.now() + 10_000;
    for (;;) {
      const next = this.#received.shift();
      if (next !== undefined) {
        if (next.status === 100) continue;
        return next;
      }
      await this.#change(until, "no response");
    }
  }

  async request(method: string): Promise<string> {
    const until = Date.now() + 10_000;
    for (;;) {
      const found = this.requests.find((text) => text.startsWith(`${method} `));
      if (found !== undefined) return found;
      await this.#change(until, `no ${method}`);
    }
  }

  get port(): number {
    return this.#port;
  }

  close(): void {
    this.#socket.close();
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

  #take(text: string): void {
    const match = /^SIP\/2\.0 (\d{3})/.exec(text);
    if (match === null) {
      this.requests.push(text);
      const echoed = ["Via", "From", "To", "Call-ID", "CSeq"].flatMap((name) =>
        headers(text, name).map((value) => `${name}: ${value}`),
      );
      this.#socket.send(
        `SIP/2.0 200 OK\r\n${echoed.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`,
        this.#core,
        "127.0.0.1",
      );
    } else {
      const status = Number(match[1]);
      const toTag = /;tag=([^;>\s]+)/.exec(header(text, "To") ?? "")?.[1];
      const method = header(text, "CSeq")?.split(" ")[1] ?? "";
      const body = text.slice(text.indexOf("\r\n\r\n") + 4);
      if (status >= 200 && status < 300 && method === "INVITE") {
        this.#toTag = toTag ?? "";
        this.#target = /<([^>]+)>/.exec(header(text, "Contact") ?? "")?.[1] ?? this.#target;
        this.#route = headers(text, "Record-Route").reverse().join(", ");
      }
      this.#received.push({ status, text, body, method });
      if (status >= 300 && method === "INVITE") {
        const to = header(text, "To") ?? "";
        const lines = [
          `ACK ${this.#target} SIP/2.0`,
          `Via: SIP/2.0/UDP 127.0.0.1:${this.#port};branch=${this.#branch}`,
        ];
        lines.push(
          "Max-Forwards: 70",
          `From: ${this.#from}`,
          `To: ${to}`,
          `Call-ID: ${this.#callId}`,
          `CSeq: ${this.#cseq} ACK`,
        );
        this.#socket.send(`${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`, this.#core, "127.0.0.1");
      }
    }
    this.#wake?.();
  }

  get #from(): string {
    return `"News desk" <sip:news@example.net>;tag=${this.#tag}`;
  }

  #send(method: string, uri: string, branch: string, extra: readonly string[], body: Buffer): void {
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#port};branch=${branch}`,
      "Max-Forwards: 70",
      `From: ${this.#from}`,
      `To: <sip:bob@example.net>${this.#toTag === "" ? "" : `;tag=${this.#toTag}`}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#cseq} ${method}`,
      `Contact: <sip:news@127.0.0.1:${this.#port}>`,
      ...(this.#route === "" ? [] : [`Route: ${this.#route}`]),
      ...extra,
      `Content-Length: ${body.length}`,
    ];
    this.#socket.send(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body]), this.#core, "127.0.0.1");
  }
}
