/**
 * The message of a file whose sender, or relay, was lost and came back: what is missing, or the whole file again, comes as another
 * message, and whoever takes the file sees one message. What is in an envelope is not put together so.
 */
import type { Reason } from "../kernel/index.ts";
import type { MessageSink } from "../msrp/index.ts";

export class CarriedMessage {
  readonly #sink: MessageSink;
  /** Octets of the file before its first one. */
  readonly #first: number;
  #here: number;
  #broken = false;
  #over = false;

  constructor(sink: MessageSink, first: number) {
    this.#sink = sink;
    this.#first = first;
    this.#here = first;
  }

  /** Octets from the beginning of the file, without a gap. */
  get here(): number {
    return this.#here;
  }

  /** It waits for another part. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Nothing more of it is awaited. */
  get over(): boolean {
    return this.#over;
  }

  /** What comes in a message that begins behind `start` octets of the file. */
  part(start: number): MessageSink {
    this.#broken = false;
    const sink = this.#sink;
    return {
      get full() {
        return sink.full;
      },
      write: (position, bytes) => this.#write(start + position, bytes),
      complete: (total) => {
        this.#over = true;
        return sink.complete(total);
      },
      abort: (reason) => this.#abort(reason),
    };
  }

  #write(at: number, bytes: Uint8Array): void {
    // Those before the first were here from the beginning.
    const known = Math.max(0, this.#first - at);
    if (known < bytes.length) this.#sink.write(at + known - this.#first, bytes.subarray(known));
    if (at <= this.#here) this.#here = Math.max(this.#here, at + bytes.length);
  }

  #abort(reason: Reason): void {
    if (reason.code === "INLET_MSRP_CONNECTION_LOST") {
      this.#broken = true;
      return;
    }
    this.#over = true;
    this.#sink.abort(reason);
  }
}
