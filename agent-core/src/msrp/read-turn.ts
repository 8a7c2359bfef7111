/**
 * Several fast senders at once: between two turns of the event loop the system would hand over all that has come from each,
 * megabytes, and nothing else would happen meanwhile. A connection that had its share is left alone until the others, and
 * everything else that waits, had their turn. Its sender notices nothing: the socket's buffer lies between. What is due to
 * the senders leaves at the end of the turn, in one write for each.
 */
import type { Socket } from "node:net";

/** What is read in one turn by a connection alone: six milliseconds' work, and then one write. */
const TURN = 4 * 1024 * 1024;
/** By several together: they would not all stop at the same octet, and cost more than one. */
const SHARED = 2 * 1024 * 1024;

export interface Reader {
  readonly socket: Socket;
  /** All that the turn brings has been read. */
  turnEnded(): void;
  /** Reads on, unless something else is in the way. */
  readOn(): void;
}

export class ReadTurn {
  /** Octets read in this turn. */
  readonly #readers = new Map<Reader, number>();
  #share = TURN;

  /** `reader` has read `octets`. */
  took(reader: Reader, octets: number): void {
    if (this.#readers.size === 0) setImmediate(this.#end);
    const sum = (this.#readers.get(reader) ?? 0) + octets;
    this.#readers.set(reader, sum);
    if (sum >= this.#share) reader.socket.pause();
  }

  readonly #end = (): void => {
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    this.#share = readers.length === 1 ? TURN : SHARED / readers.length;
    for (const reader of readers) {
      reader.turnEnded();
      if (reader.socket.isPaused()) reader.readOn();
    }
  };
}
