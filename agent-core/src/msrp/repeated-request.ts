/**
 * The head of a chunk that repeats the one before but for its transact-id and Byte-Range. Nearly no one asks for its header
 * fields, so they are made when someone does.
 */
import { formatByteRange, type Header, type MsrpRequest } from "../wire/msrp/index.ts";

export class RepeatedRequest implements MsrpRequest {
  readonly kind = "request";
  readonly method = "SEND";
  readonly hasBody = true;
  readonly like: MsrpRequest;
  readonly transactId: string;
  readonly #start: number;
  readonly #end: number;
  readonly #total: number;

  /** 0 stands for `*`. */
  constructor(like: MsrpRequest, transactId: string, start: number, end: number, total: number) {
    this.like = like;
    this.transactId = transactId;
    this.#start = start;
    this.#end = end;
    this.#total = total;
  }

  get toPath(): readonly string[] {
    return this.like.toPath;
  }

  get fromPath(): readonly string[] {
    return this.like.fromPath;
  }

  get headers(): readonly Header[] {
    const [start, end, total] = [this.#start, this.#end, this.#total];
    const range = formatByteRange({ start, ...(end > 0 && { end }), ...(total > 0 && { total }) });
    return this.like.headers.map((header) => (header[0] === "Byte-Range" ? (["Byte-Range", range] as const) : header));
  }
}
