/**
 * What one MSRP connection tells the trace: heads with the octets that followed, never content. A message of many chunks is
 * told by its first and its last; those between are counted, with their answers, unless one was refused.
 */
import { hostPort, LIMITS, type TraceProtocol, type TraceSink } from "../kernel/index.ts";
import {
  type Flag,
  formatEndLine,
  formatHead,
  formatResponse,
  headerOf,
  type MsrpHead,
  type MsrpRequest,
} from "../wire/msrp/index.ts";

export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

export class HeadTrace {
  readonly #sink: TraceSink;
  readonly #socket: ConnectionEnds;
  readonly #protocol: TraceProtocol;
  /** Messages whose first chunk was told. */
  readonly #messages = new Set<string>();
  /** Transact-ids whose answer is to be told. */
  readonly #due = new Set<string>();
  #head: MsrpHead | undefined;
  #told = false;
  #continued = false;
  #octets = 0;
  #skippedChunks = 0;
  #skippedOctets = 0;

  /** Undefined where nobody wants to know. The socket says its addresses once it is connected. */
  static of(
    sink: TraceSink | undefined,
    socket: ConnectionEnds,
    protocol: TraceProtocol = "MSRP",
  ): HeadTrace | undefined {
    return sink === undefined ? undefined : new HeadTrace(sink, socket, protocol);
  }

  private constructor(sink: TraceSink, socket: ConnectionEnds, protocol: TraceProtocol) {
    this.#sink = sink;
    this.#socket = socket;
    this.#protocol = protocol;
  }

  head(head: MsrpHead): void {
    this.#head = head;
    this.#told = false;
    this.#octets = 0;
    const message = head.kind === "request" && head.method === "SEND" ? headerOf(head, "Message-ID") : undefined;
    this.#continued = message !== undefined && this.#messages.has(message);
    if (message === undefined || this.#continued) return;
    if (this.#messages.size >= LIMITS.msrpMessages) this.#messages.clear();
    this.#messages.add(message);
  }

  /** A chunk that goes on with a message whose head was told already. */
  repeated(head: MsrpRequest): void {
    this.#head = head;
    this.#told = false;
    this.#octets = 0;
    this.#continued = true;
  }

  body(octets: number): void {
    this.#octets += octets;
  }

  end(flag: Flag): void {
    const head = this.#head;
    this.#head = undefined;
    if (head === undefined || this.#told) return;
    if (this.#continued && flag === "+") {
      this.#skippedChunks++;
      this.#skippedOctets += this.#octets;
    } else this.#tellHead(head, flag);
  }

  /** An answer of this side. One that comes before its chunk has ended is a refusal. */
  answered(request: MsrpRequest, status: number): void {
    if (this.#head === request && !this.#told) {
      this.#told = true;
      this.#tellHead(request, undefined);
    }
    const due = this.#due.size > 0 && this.#due.delete(request.transactId);
    if (due || status !== 200) this.sent(formatResponse(request, status));
  }

  /** Whole requests of this side, as they were written. */
  sent(text: string): void {
    this.#tell("out", text.trimEnd());
  }

  /** The octets that ended the connection's sense. */
  broken(why: string): void {
    this.#tell("in", `[${why}]`, true);
  }

  #tellHead(head: MsrpHead, flag: Flag | undefined): void {
    if (head.kind === "request" && head.method === "SEND") {
      if (this.#due.size >= LIMITS.traceRecords) this.#due.clear();
      this.#due.add(head.transactId);
    }
    const chunks = this.#skippedChunks;
    const before = chunks === 0 ? "" : `\r\n[${chunks} chunks with ${this.#skippedOctets} octets before this one]`;
    this.#skippedChunks = 0;
    this.#skippedOctets = 0;
    const body = head.kind === "request" && head.hasBody ? `[${this.#octets} octets]\r\n` : "";
    const end = flag === undefined ? "[refused here]" : formatEndLine(head.transactId, flag).trimEnd();
    this.#tell("in", `${formatHead(head)}${body}${end}${before}`);
  }

  #tell(direction: "in" | "out", head: string, malformed = false): void {
    const { localAddress = "", localPort = 0, remoteAddress = "", remotePort = 0 } = this.#socket;
    const local = hostPort(localAddress, localPort);
    const remote = hostPort(remoteAddress, remotePort);
    this.#sink({ direction, protocol: this.#protocol, local, remote, head, malformed });
  }
}
