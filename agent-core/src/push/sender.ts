/** Who a request says it is from (RFC 3261 §20.20) and who the core says it is (RFC 3325). */
import type { Party } from "../contract/index.ts";
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
  const [asserted] = hidden ? [] : headerValues(request, "p-asserted-identity");
  return {
    uri: formatUri(uri),
    ...(displayName !== undefined && { name: displayName }),
    ...(asserted !== undefined && { asserted: formatUri(parseNameAddr(asserted, "P-Asserted-Identity").uri) }),
  };
}
