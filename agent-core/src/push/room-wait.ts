/**
 * What a full disk did not take of a file waits until there is room, tried again every `LIMITS.diskRetry` for
 * `LIMITS.diskWait`. Nothing more is read from the sender meanwhile, so it is never more than one read had brought.
 *
 *   writing ──disk full──► waiting ──all written──► writing
 *                             └──waited too long, disk failed, ended──► over
 */
import { type Clock, InletError, LIMITS, millis } from "../kernel/index.ts";

export interface RoomWaitOptions {
  readonly clock: Clock;
  /** Throws InletError. */
  write(position: number, bytes: Uint8Array): void;
  /** The disk is full, or has room again. */
  waiting(waits: boolean): void;
  /** What waited cannot be written; it is over. */
  failed(error: InletError): void;
}

export const isFull = (error: unknown): boolean => error instanceof InletError && error.code === "INLET_DISK_FULL";

export class RoomWait implements Disposable {
  readonly #options: RoomWaitOptions;
  readonly #pieces: { readonly position: number; readonly bytes: Uint8Array }[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #timer: Disposable | undefined;
  #since = 0;

  constructor(options: RoomWaitOptions) {
    this.#options = options;
  }

  /** While it waits for room; resolves then, and when it is over. */
  get waiting(): Promise<void> | undefined {
    return this.#room?.promise;
  }

  /** Now, or when there is room. Throws what else the disk says. */
  write(position: number, bytes: Uint8Array): void {
    if (this.#room === undefined) {
      try {
        this.#options.write(position, bytes);
        return;
      } catch (error) {
        if (!isFull(error)) throw error;
      }
      this.#room = Promise.withResolvers();
      this.#since = this.#options.clock.elapsed();
      this.#again();
      this.#options.waiting(true);
    }
    this.#pieces.push({ position, bytes: Uint8Array.from(bytes) });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#pieces.length = 0;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #again(): void {
    this.#timer = this.#options.clock.after(millis(LIMITS.diskRetry), () => this.#retry());
  }

  #retry(): void {
    const { clock, write, waiting, failed } = this.#options;
    try {
      for (let next = this.#pieces[0]; next !== undefined; next = this.#pieces[0]) {
        write(next.position, next.bytes);
        this.#pieces.shift();
      }
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      if (isFull(error) && clock.elapsed() - this.#since < LIMITS.diskWait) this.#again();
      else failed(error);
      return;
    }
    waiting(false);
    this[Symbol.dispose]();
  }
}
