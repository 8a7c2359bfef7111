/** Who a request says it is from (RFC 3261 §20.20) and who the core says it is (RFC 3325). */
import type { Party } from "../contract/index.ts";
import { InletError } from "../kernel/index.ts";
import { formatUri, fromOf, headerValue, headerValues, parseNameAddr, type SipRequest } from "../wire/sip/index.ts";

/**
 * Requests reach Inlet over the connection to its registrar alone, so P-Asserted-Identity is the core's word. The
 * names are the sender's and prove nothing.
 */
export function senderOf(request: SipRequest): Party {
  const { displayName, uri } = fromOf(request);
  // RFC 3325 §7: who asks for privacy is not named, whatever the core knows.
  const hidden = (headerValue(request, "privacy") ?? "")
    .toLowerCase()
    .split(/[;,\s]+/)
    .includes("id");
  const asserted = hidden ? undefined : addressIn(request, "p-asserted-identity");
  return {
    uri: formatUri(uri),
    ...(displayName !== undefined && { name: displayName }),
    ...(asserted !== undefined && { asserted }),
  };
}

/** The first address in a header that no request needs: one that cannot be read is none (RFC 3261 §8.2.2). */
export function addressIn(request: SipRequest, name: string): string | undefined {
  try {
    const [value] = headerValues(request, name);
    return value === undefined ? undefined : formatUri(parseNameAddr(value, name).uri);
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return undefined;
  }
}
