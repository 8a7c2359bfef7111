/** A whole message/cpim message (RFC 3862). Refuses one whose head does not end. */
import { type CpimHead, cpimContentType, cpimInvalid, formatCpimHead, parseCpimHead } from "./cpim-head.ts";

export interface CpimMessage extends CpimHead {
  /** Octets of the content, as they stand: a Content-Transfer-Encoding is not undone. */
  readonly body: Uint8Array;
}

export function parseCpimMessage(bytes: Uint8Array): CpimMessage {
  const head = parseCpimHead(bytes);
  if (head.status === "more") throw cpimInvalid("no end of headers");
  const { headers, mimeHeaders, contentType, bodyOffset } = head;
  return { headers, mimeHeaders, contentType, body: bytes.subarray(bodyOffset) };
}

/** The Content-Type that is written is the one among the MIME headers. */
export function formatCpimMessage(message: Pick<CpimMessage, "headers" | "mimeHeaders" | "body">): Uint8Array {
  cpimContentType(message.mimeHeaders);
  const head = formatCpimHead(message);
  const out = new Uint8Array(head.length + message.body.length);
  out.set(head);
  out.set(message.body, head.length);
  return out;
}
