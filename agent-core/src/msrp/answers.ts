/** What a receiving end has to say back, gathered so that it leaves in one write (RFC 4975 §7.1-7.3). */
import { randomToken } from "../kernel/index.ts";
import {
  type BrokenHead,
  failureReportOf,
  formatEndLine,
  formatReport,
  formatResponse,
  type MsrpRequest,
} from "../wire/msrp/index.ts";
import type { HeadTrace } from "./head-trace.ts";

export class Answers {
  readonly #trace: HeadTrace | undefined;
  #text = "";

  constructor(trace?: HeadTrace) {
    this.#trace = trace;
  }

  /** All that was gathered, and no more of it. Its characters are ASCII. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  /** RFC 4975 §7.1.1: Failure-Report `partial` wants errors only, `no` wants nothing. */
  respond(request: MsrpRequest, status: number): void {
    const wanted = failureReportOf(request);
    if (wanted === "no" || (wanted === "partial" && status === 200)) return;
    this.#text += formatResponse(request, status);
    this.#trace?.answered(request, status);
  }

  /** To a head that could not be read whole. */
  respondBroken(head: BrokenHead, status: number): void {
    this.#add(formatResponse(head, status));
  }

  /** The success REPORT: along the whole From-Path, from our own URI. */
  report(request: MsrpRequest, ownUri: string, messageId: string, total: number): void {
    const text = formatReport({
      transactId: randomToken(96),
      toPath: request.fromPath,
      fromPath: [ownUri],
      messageId,
      range: { start: 1, end: total, total },
      status: 200,
    });
    this.#add(text);
  }

  /** The SEND without a body that binds a connection to a session (RFC 4975 §5.4). Returns its transact-id. */
  bind(toPath: readonly string[], ownUri: string): string {
    const id = randomToken(96);
    const paths = `To-Path: ${toPath.join(" ")}\r\nFrom-Path: ${ownUri}\r\n`;
    const head = `MSRP ${id} SEND\r\n${paths}Message-ID: ${randomToken(96)}\r\nByte-Range: 1-0/0\r\n`;
    this.#add(`${head}${formatEndLine(id, "$")}`);
    return id;
  }

  #add(text: string): void {
    this.#text += text;
    this.#trace?.sent(text);
  }
}
