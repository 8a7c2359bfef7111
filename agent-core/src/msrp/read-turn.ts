/**
 * Several fast senders at once: between two turns of the event loop the system would hand over all that has come from each,
 * megabytes, and nothing else would happen meanwhile. A connection that had its share is left alone until the others, and
 * everything else that waits, had their turn. Its sender notices nothing: the socket's buffer lies between.
 */
import type { Socket } from "node:net";

/** What is read in one turn by all connections together: two milliseconds' work. */
const TURN = 1024 * 1024;

export class ReadTurn {
  /** Octets read in this turn. */
  readonly #readers = new Map<Socket, number>();
  #share = TURN;

  /** `socket` has read `octets`. */
  took(socket: Socket, octets: number): void {
    if (this.#readers.size === 0) setImmediate(this.#end);
    const sum = (this.#readers.get(socket) ?? 0) + octets;
    this.#readers.set(socket, sum);
    if (sum >= this.#share) socket.pause();
  }

  readonly #end = (): void => {
    const readers = [...this.#readers.keys()];
    this.#readers.clear();
    this.#share = TURN / readers.length;
    // Who does not take its answers stays paused until it does.
    for (const socket of readers) if (socket.isPaused() && !socket.writableNeedDrain) socket.resume();
  };
}
