/** Which messages belong together: those of an account, of a call with its MSRP sessions, and the repeated ones. Pure. */
import type { TraceMessage } from "../contract/index.ts";

export interface TraceSelection {
  readonly account?: string | undefined;
  readonly callId?: string | undefined;
}

const isMsrp = ({ protocol }: TraceMessage): boolean => protocol === "MSRP" || protocol === "MSRPS";

/** MSRP names no call: it belongs to the one whose descriptions name its path (RFC 4975 §8.1). */
export function selectTrace(messages: readonly TraceMessage[], { account, callId }: TraceSelection): TraceMessage[] {
  if (account === undefined && callId === undefined) return [...messages];
  const chosen = new Set(
    messages.filter(
      (message) =>
        !isMsrp(message) &&
        (account === undefined || message.account === account) &&
        (callId === undefined || message.callId === callId),
    ),
  );
  const paths = new Set([...chosen].flatMap(({ text }) => endpoints(text, /^a=path:([^\r\n]*)/gm)));
  return messages.filter(
    (message) =>
      chosen.has(message) ||
      (isMsrp(message) && endpoints(message.text, /^(?:To|From)-Path:([^\r\n]*)/gim).some((uri) => paths.has(uri))),
  );
}

/** The last URI of each path is the endpoint's own; those before it are relays, which others share. */
const endpoints = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, path = ""]) => path.trim().split(/\s+/).at(-1) ?? "");

/** The ids of SIP messages that went the same way before, octet for octet: retransmissions (RFC 3261 §17). */
export function repeats(messages: readonly TraceMessage[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const message of messages) {
    if (isMsrp(message) || message.protocol.startsWith("HTTP")) continue;
    const key = `${message.direction} ${message.remote} ${message.text}`;
    if (seen.has(key)) repeated.add(message.id);
    seen.add(key);
  }
  return repeated;
}
