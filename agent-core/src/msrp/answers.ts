/**
 * What a receiving end has to say back, gathered so that it leaves in one write (RFC 4975 §7.1-7.3). Answers to chunks of
 * one message differ in the transact-id only: the first is written, the others are copies of it.
 */
import { randomToken } from "../kernel/index.ts";
import {
  type BrokenHead,
  type FailureReport,
  failureReportOf,
  formatEndLine,
  formatReport,
  formatResponse,
  type MsrpRequest,
} from "../wire/msrp/index.ts";
import type { HeadTrace } from "./head-trace.ts";

/** More than the answers to what one read can hold, as a rule; it grows. */
const ROOM = 32 * 1024;
/** What stands before the first transact-id and behind the second. */
const OPENING = "MSRP ".length;
const ENDING = "$\r\n".length;

export class Answers {
  readonly #trace: HeadTrace | undefined;
  #octets = Buffer.allocUnsafeSlow(ROOM);
  #length = 0;
  /** The request last answered, the length of its transact-id, what answers it wants, and its 200. */
  #like: MsrpRequest | undefined;
  #idLength = 0;
  #wanted: FailureReport = "yes";
  #accepted: Buffer = Buffer.alloc(0);

  constructor(trace?: HeadTrace) {
    this.#trace = trace;
  }

  get due(): boolean {
    return this.#length > 0;
  }

  /**
   * Hands over all that was gathered. `write` says whether the octets have left: if not, they stay as they are and others
   * are gathered elsewhere.
   */
  take(write: (octets: Buffer) => boolean): void {
    const octets = this.#octets.subarray(0, this.#length);
    this.#length = 0;
    if (!write(octets)) this.#octets = Buffer.allocUnsafeSlow(ROOM);
  }

  /** RFC 4975 §7.1.1: Failure-Report `partial` wants errors only, `no` wants nothing. */
  respond(request: MsrpRequest, status: number): void {
    const like = request.like ?? request;
    if (this.#like !== like || this.#idLength !== request.transactId.length) {
      this.#like = like;
      this.#idLength = request.transactId.length;
      this.#wanted = failureReportOf(like);
      this.#accepted = Buffer.from(formatResponse(request, 200), "latin1");
    }
    if (this.#wanted === "no" || (this.#wanted === "partial" && status === 200)) return;
    if (status === 200) this.#accept(request.transactId);
    else this.#put(formatResponse(request, status));
    this.#trace?.answered(request, status);
  }

  #accept(transactId: string): void {
    const accepted = this.#accepted;
    this.#room(accepted.length);
    const at = this.#length;
    const end = at + accepted.length;
    this.#octets.set(accepted, at);
    writeAscii(this.#octets, at + OPENING, transactId);
    writeAscii(this.#octets, end - ENDING - transactId.length, transactId);
    this.#length = end;
  }

  /** To FILE_OFFSET. */
  tellOffset(request: MsrpRequest, offset: number): void {
    this.#add(formatResponse(request, 200, `Offset: ${offset}\r\n`));
  }

  /** To a head that could not be read whole. */
  respondBroken(head: BrokenHead, status: number): void {
    this.#add(formatResponse(head, status));
  }

  /** Along the whole From-Path, from our own URI: success, or what went wrong after the sender could be told otherwise. */
  report(
    request: MsrpRequest,
    ownUri: string,
    messageId: string,
    end: number,
    total: number | undefined,
    status = 200,
  ): void {
    const report = {
      transactId: randomToken(96),
      toPath: request.fromPath,
      fromPath: [ownUri],
      messageId,
      range: { start: 1, end, ...(total !== undefined && { total }) },
      status,
    };
    this.#add(formatReport(report));
  }

  /** The SEND without a body that binds a connection to a session (RFC 4975 §5.4). Returns its transact-id. */
  bind(toPath: readonly string[], ownUri: string): string {
    const paths = `To-Path: ${toPath.join(" ")}\r\nFrom-Path: ${ownUri}\r\n`;
    const more = `Message-ID: ${randomToken(96)}\r\nByte-Range: 1-0/0\r\n`;
    return this.request((id) => `MSRP ${id} SEND\r\n${paths}${more}${formatEndLine(id, "$")}`);
  }

  /** A request without a body, given its transact-id, which is returned. */
  request(format: (transactId: string) => string): string {
    const id = randomToken(96);
    this.#add(format(id));
    return id;
  }

  /** Characters are ASCII: whatever is not cannot have been parsed. */
  #add(text: string): void {
    this.#put(text);
    this.#trace?.sent(text);
  }

  #put(text: string): void {
    this.#room(text.length);
    this.#length += this.#octets.write(text, this.#length, "latin1");
  }

  #room(wanted: number): void {
    if (this.#length + wanted <= this.#octets.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#octets.length + wanted));
    this.#octets.copy(larger, 0, 0, this.#length);
    this.#octets = larger;
  }
}

/** For a dozen characters faster than asking the system. */
function writeAscii(octets: Buffer, from: number, text: string): void {
  for (let i = 0; i < text.length; i++) octets[from + i] = text.charCodeAt(i);
}
