/** Files that are accepted and not recorded yet: whoever is accepted next leaves them the room that they were promised. */
import type { Offer } from "../contract/index.ts";

export interface UnderwayFile {
  readonly of: Pick<Offer, "account" | "channel">;
  /** Octets that it will have; of one whose size nobody said, those that it has. */
  readonly size: number;
  /** Those of them that are not here yet. */
  readonly missing: number;
}

export class Underway {
  readonly #files = new Set<UnderwayFile>();
  readonly #most: number;

  /** `most`: so many may have a part open at once. */
  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#files.size >= this.#most;
  }

  add(file: UnderwayFile): void {
    this.#files.add(file);
  }

  delete(file: UnderwayFile): void {
    this.#files.delete(file);
  }

  /** Octets that they still take on the disk. */
  get missing(): number {
    return this.#sum(({ missing }) => missing);
  }

  /** Octets of all files, of those of an account, or of one of its channels. */
  octets(account?: string, channel?: string): number {
    return this.#sum(({ of, size }) =>
      (account === undefined || of.account === account) && (channel === undefined || of.channel === channel) ? size : 0,
    );
  }

  #sum(octetsOf: (file: UnderwayFile) => number): number {
    let sum = 0;
    for (const file of this.#files) sum += octetsOf(file);
    return sum;
  }
}
