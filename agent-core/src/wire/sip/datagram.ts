/**
 * One SIP message in one datagram or one WebSocket message (RFC 3261 §18.3, RFC 7118 §5). Without Content-Length the body is
 * the rest; octets behind it are dropped; a Content-Length beyond the end is refused, since nothing more can come.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import type { Framed } from "./framer.ts";
import { checkMessage, headerValue, parseHead } from "./message.ts";

const BLANK_LINE = Buffer.from("\r\n\r\n");

export function parseDatagram(bytes: Uint8Array): Framed {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0 || buffer.equals(BLANK_LINE) || buffer.equals(BLANK_LINE.subarray(2)))
    return { kind: "crlf" };
  const end = buffer.indexOf(BLANK_LINE);
  const head = end < 0 ? buffer : buffer.subarray(0, end);
  try {
    if (head.length > LIMITS.sipHeaders) throw new InletError("INLET_SIP_HEADERS_TOO_LARGE", `${head.length} octets`);
    if (end < 0) throw new InletError("INLET_SIP_SYNTAX", "headers never end");
    const { start, headers } = parseHead(head);
    const rest = buffer.subarray(end + BLANK_LINE.length);
    const body = new Uint8Array(rest.subarray(0, bodyLength(headerValue({ headers }, "content-length"), rest.length)));
    return { kind: "message", head, message: checkMessage({ ...start, headers, body }) };
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return { kind: "malformed", head, error, lost: false };
  }
}

function bodyLength(value: string | undefined, there: number): number {
  if (value === undefined) return there;
  const length = Number(value);
  if (!/^\d{1,10}$/.test(value)) throw new InletError("INLET_SIP_CONTENT_LENGTH", value.slice(0, 20));
  if (length > there) throw new InletError("INLET_SIP_CONTENT_LENGTH", `${length} stated, ${there} there`);
  return length;
}
