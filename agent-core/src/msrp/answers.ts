/**
 * What a receiving end has to say back, gathered so that it leaves in one write (RFC 4975 §7.1-7.3). Answers to chunks of
 * one message differ in the transact-id only: what stands between is written once and copied.
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
/** Two transact-ids and the octets around them. */
const MARGIN = 128;
const OPENING = Buffer.from("MSRP ");
const ENDING = Buffer.from("$\r\n");

export class Answers {
  readonly #trace: HeadTrace | undefined;
  #octets = Buffer.allocUnsafeSlow(ROOM);
  #length = 0;
  /** The request last answered, what answers it wants, and its 200 between the two transact-ids. */
  #like: MsrpRequest | undefined;
  #wanted: FailureReport = "yes";
  #between: Buffer = OPENING;

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
    if (this.#like !== like) {
      this.#like = like;
      this.#wanted = failureReportOf(like);
      const whole = formatResponse(request, 200);
      const id = request.transactId.length;
      this.#between = Buffer.from(whole.slice(OPENING.length + id, -ENDING.length - id), "latin1");
    }
    if (this.#wanted === "no" || (this.#wanted === "partial" && status === 200)) return;
    if (status === 200) this.#accept(request.transactId);
    else this.#put(formatResponse(request, status));
    this.#trace?.answered(request, status);
  }

  #accept(transactId: string): void {
    this.#room(this.#between.length + MARGIN);
    const octets = this.#octets;
    let at = this.#length;
    octets.set(OPENING, at);
    at = writeAscii(octets, at + OPENING.length, transactId);
    octets.set(this.#between, at);
    at = writeAscii(octets, at + this.#between.length, transactId);
    octets.set(ENDING, at);
    this.#length = at + ENDING.length;
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
    const id = randomToken(96);
    const paths = `To-Path: ${toPath.join(" ")}\r\nFrom-Path: ${ownUri}\r\n`;
    const head = `MSRP ${id} SEND\r\n${paths}Message-ID: ${randomToken(96)}\r\nByte-Range: 1-0/0\r\n`;
    this.#add(`${head}${formatEndLine(id, "$")}`);
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
function writeAscii(octets: Buffer, from: number, text: string): number {
  for (let i = 0; i < text.length; i++) octets[from + i] = text.charCodeAt(i);
  return from + text.length;
}
