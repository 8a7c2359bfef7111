/** A TCP connection beside UDP, for requests too large for a datagram (RFC 3261 §18.1.1); one at a time, kept until closed. */
import type { FlowHandlers, OpenFlow } from "../sip/index.ts";

export class StreamBeside {
  readonly #open: () => Promise<OpenFlow>;
  readonly #message: FlowHandlers["message"];
  #stream: Promise<OpenFlow> | undefined;

  constructor(open: () => Promise<OpenFlow>, message: FlowHandlers["message"]) {
    this.#open = open;
    this.#message = message;
  }

  get(): Promise<OpenFlow> {
    this.#stream ??= this.#begin();
    return this.#stream;
  }

  close(): void {
    void this.#stream?.then(
      (stream) => stream.close(),
      () => undefined,
    );
    this.#stream = undefined;
  }

  async #begin(): Promise<OpenFlow> {
    const forget = (): void => {
      this.#stream = undefined;
    };
    try {
      const flow = await this.#open();
      flow.start({ message: this.#message, closed: forget }, false);
      return flow;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
