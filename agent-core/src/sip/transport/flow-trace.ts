/** What a flow tells the trace: every message with its direction, cut into head and body. Keep-alives are no messages. */
import { hostPort, type TraceSink } from "../../kernel/index.ts";
import type { Framed } from "../../wire/sip/index.ts";
import type { SipProtocol } from "./flow.ts";

const BLANK_LINE = Buffer.from("\r\n\r\n");
/** A ping; whatever is no longer cannot be a message. */
const KEEP_ALIVE = 4;

export interface FlowEnds {
  readonly protocol: SipProtocol;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export class FlowTrace {
  readonly #sink: TraceSink;
  readonly #ends: { readonly protocol: SipProtocol; readonly local: string; readonly remote: string };

  /** Undefined where nobody wants to know. */
  static of(sink: TraceSink | undefined, ends: FlowEnds): FlowTrace | undefined {
    return sink === undefined ? undefined : new FlowTrace(sink, ends);
  }

  private constructor(sink: TraceSink, ends: FlowEnds) {
    this.#sink = sink;
    const { protocol } = ends;
    const local = hostPort(ends.localAddress, ends.localPort);
    this.#ends = { protocol, local, remote: hostPort(ends.remoteAddress, ends.remotePort) };
  }

  sent(bytes: Uint8Array): void {
    if (bytes.length <= KEEP_ALIVE) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = buffer.indexOf(BLANK_LINE);
    const head = end < 0 ? buffer : buffer.subarray(0, end);
    const body = end < 0 ? {} : { body: buffer.subarray(end + BLANK_LINE.length) };
    this.#sink({ ...this.#ends, direction: "out", head, ...body });
  }

  received(framed: Framed): void {
    if (framed.kind === "crlf") return;
    const { head } = framed;
    if (framed.kind === "malformed") this.#sink({ ...this.#ends, direction: "in", head, malformed: true });
    else this.#sink({ ...this.#ends, direction: "in", head, body: framed.message.body });
  }
}
