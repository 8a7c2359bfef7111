/** Why a request was sent (RFC 3326), as its sender says it; unreadable ones say nothing. */
import { readable } from "../../kernel/index.ts";
import { type Header, headerValues } from "./message.ts";
import { parseParameters } from "./parameters.ts";

export interface SipReason {
  /** A status, where it says one of SIP. */
  readonly status?: number;
  /** For a person: protocol, cause and text. */
  readonly words: string;
}

export const reasonOf = (message: { readonly headers: readonly Header[] }): SipReason | undefined =>
  readable(() => read(message));

function read(message: { readonly headers: readonly Header[] }): SipReason | undefined {
  const [value] = headerValues(message, "reason");
  if (value === undefined) return undefined;
  const [protocol = "", ...rest] = value.split(";");
  const parameters = parseParameters(rest.join(";"), "Reason");
  const cause = parameters.get("cause");
  const words = [protocol.trim(), cause, parameters.get("text")].filter((word) => word !== undefined).join(" ");
  const status = /^sip\s*$/i.test(protocol) && /^[1-6]\d\d$/.test(cause ?? "") ? Number(cause) : undefined;
  return { words: words.slice(0, 200), ...(status !== undefined && { status }) };
}
