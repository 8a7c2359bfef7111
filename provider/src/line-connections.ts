/** The MSRP connections of one push session: lines whose receiver is reached at the same place share one (RFC 4975 §5.4). */
import type { Clock, Log } from "@inlet/agent-core/kernel";
import { placeOf, SendConnection } from "@inlet/agent-core/msrp";

export class LineConnections implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #opened = new Map<string, Promise<SendConnection>>();
  readonly #over = new AbortController();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The connection for a receiver with this path; it stays when the line that opened it ends. */
  to(toPath: readonly string[]): Promise<SendConnection> {
    const place = placeOf(toPath);
    const key = `${place.host.toLowerCase()} ${place.port}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = SendConnection.open({ place, clock: this.#clock, log: this.#log, signal: this.#over.signal });
    this.#opened.set(key, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(
      [...this.#opened.values()].map((opened) => opened.then((connection) => connection.close(), ignore)),
    );
  }
}

/** Lines were told that it failed. */
const ignore = (): void => undefined;
