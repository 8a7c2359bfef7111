/**
 * Bytes into lines, in bounded memory. A line that is longer than the limit is reported once and dropped to its end;
 * a line that is not UTF-8 is reported too. Pure: the same lines come out however the stream is cut.
 */

export type Line = { readonly text: string } | { readonly malformed: "tooLong" | "notUtf8" };

const LF = 0x0a;

export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;
  #skipping = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      yield* this.#add(chunk.subarray(start, end));
      yield* this.#end();
      start = end + 1;
    }
    yield* this.#add(chunk.subarray(start));
  }

  /** What stands after the last line feed, when the stream has ended. */
  *finish(): Generator<Line> {
    if (this.#length > 0) yield* this.#end();
  }

  *#add(bytes: Buffer): Generator<Line> {
    if (this.#skipping || bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length <= this.#limit) {
      this.#parts.push(bytes);
      return;
    }
    this.#parts = [];
    this.#length = 0;
    this.#skipping = true;
    yield { malformed: "tooLong" };
  }

  *#end(): Generator<Line> {
    const skipped = this.#skipping;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
    if (skipped) return;
    try {
      yield { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
    } catch {
      yield { malformed: "notUtf8" };
    }
  }
}
