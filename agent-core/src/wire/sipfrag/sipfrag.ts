/**
 * The body of a NOTIFY about a REFER (RFC 3420, RFC 3515 §2.4.5): its first line is the status line of the response
 * that the referred-to request got. Refuses a fragment that does not begin with one. Header lines after it are
 * legal and say nothing this profile asks for.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";

export interface SipFragStatus {
  /** 100 to 699. */
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
}

const invalid = (): InletError => new InletError("INLET_SIP_SYNTAX", "message/sipfrag without a status line");

export function parseSipfrag(bytes: Uint8Array): SipFragStatus {
  const lf = bytes.indexOf(0x0a);
  const end = lf < 0 ? bytes.length : lf;
  if (end > LIMITS.sipLine) throw new InletError("INLET_SIP_LINE_TOO_LONG", "message/sipfrag");
  const line = new TextDecoder().decode(bytes.subarray(0, end)).trimEnd();
  const match = /^SIP\/2\.0 ([1-6][0-9][0-9])(?: (.*))?$/i.exec(line);
  if (match === null) throw invalid();
  return { status: Number(match[1]), reason: match[2]?.trim() ?? "" };
}

export function formatSipfrag(fragment: SipFragStatus): Uint8Array {
  const { status, reason } = fragment;
  if (!Number.isInteger(status) || status < 100 || status > 699 || /[\r\n\0]/.test(reason)) throw invalid();
  return new TextEncoder().encode(`SIP/2.0 ${status} ${reason}\r\n`);
}
