/**
 * How a file is pushed (seed 001 §5, §6.5, and its reviewers' first two questions): in a SIP MESSAGE while it is small, by
 * INVITE and MSRP from there, as a link where the sender has a place for its files. Pure.
 */
import { InletError } from "@inlet/agent-core/kernel";
import type { SipProtocol } from "@inlet/agent-core/sip";

export type SendMethod = "auto" | "message" | "msrp" | "indirect";
export type ChosenMethod = Exclude<SendMethod, "auto">;

/** What is larger is "large" (seed 001 §6.5): a MESSAGE of it would not fit a datagram, or would hold up the others. */
export const LARGE = { datagram: 600, stream: 8 * 1024 } as const;
/** Beyond this nothing goes in a MESSAGE, whatever was asked for. */
export const LARGEST_MESSAGE = 64 * 1024;

/** `hasPlace`: links can be made. INLET_SEND_TEXT_TOO_LONG, INLET_SEND_METHOD_UNAVAILABLE. */
export function chooseMethod(wanted: SendMethod, size: number, protocol: SipProtocol, hasPlace: boolean): ChosenMethod {
  if (wanted === "indirect" && !hasPlace) throw new InletError("INLET_SEND_METHOD_UNAVAILABLE");
  if (wanted === "message" && size > LARGEST_MESSAGE) throw new InletError("INLET_SEND_TEXT_TOO_LONG");
  if (wanted !== "auto") return wanted;
  if (size <= (protocol === "UDP" ? LARGE.datagram : LARGE.stream)) return "message";
  return hasPlace ? "indirect" : "msrp";
}
