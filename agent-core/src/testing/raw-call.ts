/** Calls of a Push Sender Agent written by hand, as many at once as wanted: each step is said by the test. */
import { createConnection } from "node:net";
import { header, type RawCore } from "./raw-core.ts";
import { rawSend, rawUntil } from "./raw-sender.ts";

let calls = 0;

export class RawCall {
  readonly #core: RawCore;
  readonly #to: string;
  readonly #from: string;
  readonly #via: string;
  readonly id = `call-${++calls}`;

  /** Offers `lines`; `headers` replace or add to what an INVITE needs. */
  constructor(core: RawCore, to: string, lines: readonly string[], headers: readonly string[] = []) {
    this.#core = core;
    this.#to = to;
    this.#via = `Via: SIP/2.0/TCP 127.0.0.1:${core.port};branch=z9hG4bK-${this.id}`;
    this.#from = headers.find((line) => /^From:/i.test(line)) ?? "From: <sip:core@example.net>;tag=core";
    const head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
    const own = [`Call-ID: ${this.id}`, this.#via, this.#from, "Content-Type: application/sdp"];
    const others = headers.filter((line) => line !== this.#from);
    core.request("INVITE", to, [...own, ...others], `${[...head, ...lines].join("\r\n")}\r\n`);
  }

  /** The next answer to it with such a status. */
  answer(status: RegExp): Promise<string> {
    return this.#core.next(new RegExp(`^SIP/2\\.0 ${status.source}[\\s\\S]*^Call-ID: ${this.id}\\r`, "m"));
  }

  ack(final: string): void {
    this.#within("ACK", 1, final, `Via: ${header(final, "Via")}`);
  }

  /** Takes the final answer with such a status and acknowledges it. */
  async final(status: RegExp): Promise<string> {
    const final = await this.answer(status);
    this.ack(final);
    return final;
  }

  async bye(final: string): Promise<void> {
    this.#within("BYE", 2, final);
    await this.answer(/200/);
  }

  cancel(more: readonly string[] = []): void {
    const same = [`Call-ID: ${this.id}`, this.#via, this.#from, "CSeq: 1 CANCEL"];
    this.#core.request("CANCEL", this.#to, [...same, ...more]);
  }

  #within(method: string, number: number, final: string, ...more: readonly string[]): void {
    const to = `To: ${header(final, "To")}`;
    this.#core.request(method, this.#to, [`Call-ID: ${this.id}`, this.#from, to, `CSeq: ${number} ${method}`, ...more]);
  }

  /** Sends `content` to the nth accepted line, and waits for what matches: by default its confirmation. */
  async send(
    final: string,
    content: string,
    { nth = 0, wanted = /Status: 000 200/, change = (text: string) => text } = {},
  ): Promise<string> {
    const to = [...final.matchAll(/^a=path:(\S+)/gm)][nth]?.[1] ?? "";
    const socket = createConnection({ host: "127.0.0.1", port: Number(/:(\d+)\//.exec(to)?.[1]) });
    const said = rawUntil(socket, wanted);
    socket.write(change(rawSend({ to, from: "msrp://127.0.0.1:7654/s1;tcp", content, id: `${this.id}n${nth}` })));
    try {
      return await said;
    } finally {
      socket.destroy();
    }
  }
}
