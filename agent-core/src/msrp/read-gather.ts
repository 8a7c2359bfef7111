/**
 * Joins small reads of one socket. TLS hands over records of 16 KiB at most, though several have come: handed on one by one,
 * each would cost a write, a hash update and an answer of its own. All sockets share one buffer: whoever reads next has what
 * is there of another handed on first.
 */
import type { OnRead } from "./socket.ts";

const ROOM = 256 * 1024;

export class ReadGather {
  readonly #buffer = Buffer.allocUnsafeSlow(ROOM);
  #length = 0;
  #reader: OnRead | undefined;
  #due = false;

  /** `read` gets these octets at the latest when everything else that has come in this turn was read. */
  take(read: OnRead, bytes: Buffer): void {
    if (this.#reader !== read || this.#length + bytes.length > ROOM) this.flush();
    this.#reader = read;
    this.#length += bytes.copy(this.#buffer, this.#length);
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.flush();
    });
  }

  flush(): void {
    const read = this.#reader;
    const bytes = this.#buffer.subarray(0, this.#length);
    this.#reader = undefined;
    this.#length = 0;
    if (bytes.length > 0) read?.(bytes);
  }
}
