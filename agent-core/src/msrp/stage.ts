/**
 * Joins adjacent body pieces of one read into one write. Bodies of small chunks stand in the read buffer with
 * heads between them; those heads have been parsed, so a body is moved down to its predecessor, in place.
 */

export interface StageOwner {
  write(position: number, bytes: Uint8Array): void;
}

/** Up to here moving costs less than a write of its own. */
const MOVE_MAX = 128 * 1024;

export class Stage {
  #read: Buffer | undefined;
  #owner: StageOwner | undefined;
  #position = 0;
  /** Offsets in the read buffer of what is waiting. */
  #start = 0;
  #end = 0;

  /** A read begins; its buffer may be written to until the next `flush`. */
  begin(read: Buffer): void {
    this.#read = read;
  }

  add(owner: StageOwner, position: number, piece: Buffer): void {
    const read = this.#read;
    const at = piece.byteOffset - (read?.byteOffset ?? 0);
    const inside = read !== undefined && piece.buffer === read.buffer && at >= 0 && at + piece.length <= read.length;
    if (!inside) {
      this.flush();
      owner.write(position, piece);
      return;
    }
    const follows = owner === this.#owner && position === this.#position + this.#end - this.#start && at >= this.#end;
    if (follows && (at === this.#end || piece.length <= MOVE_MAX)) {
      if (at !== this.#end) read.copyWithin(this.#end, at, at + piece.length);
      this.#end += piece.length;
      return;
    }
    this.flush();
    this.#owner = owner;
    this.#position = position;
    this.#start = at;
    this.#end = at + piece.length;
  }

  flush(): void {
    const owner = this.#owner;
    if (owner === undefined || this.#read === undefined) return;
    this.#owner = undefined;
    owner.write(this.#position, this.#read.subarray(this.#start, this.#end));
  }
}
