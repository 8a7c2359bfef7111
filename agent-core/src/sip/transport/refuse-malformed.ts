/**
 * The answer to a request that cannot be understood (RFC 3261 §16.3 case 1, §8.2): built from the raw lines that a
 * response must echo, as far as they are there. Nothing is answered to a response, to an ACK, or without Via and CSeq.
 */
import { ERRORS, type InletError } from "../../kernel/index.ts";
import { canonicalName, spelledName } from "../../wire/sip/index.ts";

const ECHOED = ["via", "from", "to", "call-id", "cseq"];

export function refuseMalformed(head: Uint8Array, error: InletError): Uint8Array | undefined {
  const [start = "", ...lines] = Buffer.from(head).toString("utf8").split("\r\n");
  if (start.startsWith("SIP/") || /^ACK[ \t]/.test(start) || !/^\S+ /.test(start)) return undefined;
  const echoed: string[] = [];
  const seen = new Set<string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = canonicalName(line.slice(0, Math.max(0, colon)).trim());
    const value = line.slice(colon + 1).trim();
    if (!ECHOED.includes(name) || value === "" || /[\r\n\0]/.test(value)) continue;
    if (name !== "via" && seen.has(name)) continue;
    seen.add(name);
    echoed.push(`${spelledName(name)}: ${value}`);
  }
  // RFC 4475 §3.3.1: an answer finds its request by these two.
  if (!seen.has("via") || !seen.has("cseq")) return undefined;
  const status = ERRORS[error.code].sip ?? 400;
  const phrase = status === 505 ? "Version Not Supported" : status === 413 ? "Request Entity Too Large" : "Bad Request";
  // The detail names the place; it is our own text, never the peer's.
  const why = (error.detail ?? "").replace(/[^ -~]/g, "?");
  const statusLine = `SIP/2.0 ${status} ${phrase}${why === "" ? "" : ` (${why})`}`;
  return Buffer.from(`${[statusLine, ...echoed, "Content-Length: 0"].join("\r\n")}\r\n\r\n`);
}
