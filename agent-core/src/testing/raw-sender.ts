/** A Push Sender Agent written by hand: offers files through a `RawCore`, and speaks MSRP on any socket. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { header, type RawCore } from "./raw-core.ts";

export interface RawAnswer {
  readonly status: string;
  readonly sdp: string;
  readonly warning: string | undefined;
  /** a=path of the first line. */
  readonly path: string;
  readonly port: number;
  /** The first attribute of that name; undefined where there is none. */
  attribute(name: string): string | undefined;
}

/** An m-line that offers `content` as a file. `more` are further lines. */
export function offeredLine(content: string, m: string, path: string, ...more: readonly string[]): string[] {
  const sha1 = createHash("sha1").update(content).digest("hex").toUpperCase().match(/../g)?.join(":");
  const selector = `a=file-selector:name:"a.txt" type:text/plain size:${content.length} hash:sha-1:${sha1}`;
  return [m, "a=sendonly", "a=accept-types:*", `a=path:${path}`, selector, "a=file-transfer-id:t1", ...more];
}

export class RawSender {
  readonly #core: RawCore;
  readonly #to: string;
  #calls = 0;
  #end: (() => Promise<void>) | undefined;

  constructor(core: RawCore, to: string) {
    this.#core = core;
    this.#to = to;
  }

  /** Offers `lines`, and acknowledges what is answered. */
  async offer(lines: readonly string[], address = "127.0.0.1"): Promise<RawAnswer> {
    const id = `sender-${++this.#calls}`;
    const head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", `c=IN IP4 ${address}`, "t=0 0"];
    const call = [`Call-ID: ${id}`, "Content-Type: application/sdp"];
    this.#core.request("INVITE", this.#to, call, `${[...head, ...lines].join("\r\n")}\r\n`);
    const final = await this.#core.next(new RegExp(`^SIP/2\\.0 [2-6][\\s\\S]*^Call-ID: ${id}\\r`, "m"));
    const status = final.slice(8, 11);
    const to = `To: ${header(final, "To")}`;
    this.#core.request("ACK", this.#to, [`Call-ID: ${id}`, to, "CSeq: 1 ACK", `Via: ${header(final, "Via")}`]);
    if (status === "200")
      this.#end = async () => {
        this.#core.request("BYE", this.#to, [`Call-ID: ${id}`, to, "CSeq: 2 BYE"]);
        await this.#core.next(new RegExp(`^SIP/2\\.0 200[\\s\\S]*^Call-ID: ${id}\\r[\\s\\S]*CSeq: 2 BYE`, "m"));
      };
    const sdp = final.slice(final.indexOf("\r\n\r\n") + 4);
    const attribute = (name: string): string | undefined => new RegExp(`^a=${name}(?::(.*))?\r$`, "m").exec(sdp)?.[1];
    const port = Number(/^m=\S+ (\d+)/m.exec(sdp)?.[1] ?? 0);
    return { status, sdp, warning: header(final, "Warning"), path: attribute("path") ?? "", port, attribute };
  }

  /** Ends the call that was offered last. */
  async bye(): Promise<void> {
    await this.#end?.();
    this.#end = undefined;
  }
}

export interface RawMessage {
  readonly to: string;
  readonly from: string;
  readonly content: string;
  readonly id?: string;
}

/** One SEND that is a whole message, with a success REPORT asked for. */
export function rawSend({ to, from, content, id = "raw1" }: RawMessage): string {
  const head = [`MSRP ${id} SEND`, `To-Path: ${to}`, `From-Path: ${from}`, `Message-ID: m-${id}`];
  const range = `Byte-Range: 1-${content.length}/${content.length}`;
  const more = [range, "Success-Report: yes", "Content-Type: text/plain", "", content, `-------${id}$`, ""];
  return [...head, ...more].join("\r\n");
}

/** What comes on `socket`, from now on; resolves as soon as it matches, fails when the socket ends before. */
export function rawUntil(socket: Socket, wanted: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    const look = (data: Buffer): void => {
      text += data.toString("latin1");
      if (!wanted.test(text)) return;
      socket.removeListener("data", look);
      resolve(text);
    };
    socket.on("data", look);
    socket.once("close", () => reject(new Error(`ended before ${wanted}: ${text}`)));
  });
}
