/**
 * For how long a registrar took our contact (RFC 3261 §10.3 step 8): the expires of our own Contact, else of the Expires
 * header, else what was asked for. Contacts of other devices do not count.
 */
import {
  headerValue,
  headerValues,
  isSipUri,
  parseNameAddr,
  parseSipUri,
  type SipResponse,
} from "../wire/sip/index.ts";

/** Seconds. `asked` stands where the registrar says nothing usable. */
export function grantedExpires(response: SipResponse, contactUri: string, asked: number): number {
  const own = parseSipUri(contactUri).user;
  for (const value of headerValues(response, "contact")) {
    if (value === "*") continue;
    const { uri, parameters } = parseNameAddr(value, "Contact");
    // The user part is random for each start; a registrar may add a port or parameters to the rest.
    if (isSipUri(uri) && uri.user === own)
      return usable(parameters.get("expires"), headerValue(response, "expires"), asked);
  }
  return usable(headerValue(response, "expires"), undefined, asked);
}

function usable(first: string | undefined, second: string | undefined, asked: number): number {
  for (const text of [first, second]) if (text !== undefined && /^\d{1,10}$/.test(text)) return Number(text);
  return asked;
}
