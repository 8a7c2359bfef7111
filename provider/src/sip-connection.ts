/** One connection to the core at a time; a new one where the last was lost. */
import type { ConnectedAgent } from "./connected-agent.ts";

export class SipConnection implements AsyncDisposable {
  readonly #connect: () => Promise<ConnectedAgent>;
  #agent: Promise<ConnectedAgent> | undefined;
  #current: ConnectedAgent | undefined;

  constructor(connect: () => Promise<ConnectedAgent>) {
    this.#connect = connect;
  }

  /** Whoever asks at the same time gets the same one. */
  get(): Promise<ConnectedAgent> {
    if (this.#agent === undefined || this.#current?.lost.aborted === true) {
      this.#current?.[Symbol.dispose]();
      const agent = this.#connect();
      this.#agent = agent;
      agent.then(
        (connected) => {
          this.#current = connected;
        },
        () => {
          if (this.#agent === agent) this.#agent = undefined;
        },
      );
    }
    return this.#agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#current?.lost.aborted === false) await this.#current.leave?.();
    this.#current?.[Symbol.dispose]();
    this.#current = undefined;
    this.#agent = undefined;
  }
}
