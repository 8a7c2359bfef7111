/**
 * Delivery reports (RFC 4975 §7.1.2-7.1.4): REPORT, its Status, and the two fields of a SEND that ask for it.
 * A Status of another namespace than 000 is none of ours and reads as undefined.
 */
import { type ByteRange, formatByteRange } from "./byte-range.ts";
import { COMMENTS, formatEndLine, formatHead, headerOf, type MsrpRequest } from "./message.ts";

export type FailureReport = "yes" | "no" | "partial";

/** What a SEND says of responses and failure reports; an unknown value means the default. */
export function failureReportOf(request: MsrpRequest): FailureReport {
  const value = headerOf(request, "Failure-Report")?.toLowerCase();
  return value === "no" || value === "partial" ? value : "yes";
}

export const successReportOf = (request: MsrpRequest): boolean =>
  headerOf(request, "Success-Report")?.toLowerCase() === "yes";

/** The code of a Status field. */
export function parseStatus(value: string): number | undefined {
  const match = /^000 (\d{3})(?: |$)/.exec(value);
  return match === null ? undefined : Number(match[1]);
}

const formatStatus = (code: number): string => `000 ${code}${COMMENTS[code] === undefined ? "" : ` ${COMMENTS[code]}`}`;

/** A whole REPORT: `toPath` is the complete From-Path of the SEND, `fromPath` our own URI. */
export function formatReport(report: {
  readonly transactId: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  readonly messageId: string;
  readonly range: ByteRange;
  readonly status: number;
}): string {
  const { transactId, toPath, fromPath } = report;
  const headers = [
    ["Message-ID", report.messageId],
    ["Byte-Range", formatByteRange(report.range)],
    ["Status", formatStatus(report.status)],
  ] as const;
  const head = formatHead({
    kind: "request",
    method: "REPORT",
    transactId,
    toPath,
    fromPath,
    headers,
    hasBody: false,
  });
  return head + formatEndLine(transactId, "$");
}
