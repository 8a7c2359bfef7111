/**
 * What a REFER asks for (RFC 3515 §2.1, RFC 3892, RFC 4488). Refuses (400) none or more than one Refer-To. A method
 * counts inside the brackets alone: outside of them it is a parameter of the header, and says nothing. Pure.
 */
import { InletError } from "../kernel/index.ts";
import {
  headerValue,
  headerValues,
  isSipUri,
  isToken,
  type OtherUri,
  parseNameAddr,
  type SipRequest,
  type SipUri,
} from "../wire/sip/index.ts";

export interface ReferTo {
  readonly uri: SipUri | OtherUri;
  /** Of the request to send there. */
  readonly method: string;
  /** As it stands, unproven. */
  readonly referredBy?: string;
  /** False: its sender wants no subscription to it. */
  readonly progress: boolean;
}

export function readReferTo(request: SipRequest): ReferTo {
  const [value, ...others] = headerValues(request, "refer-to");
  if (value === undefined) throw new InletError("INLET_SIP_SYNTAX", "Refer-To missing");
  if (others.length > 0) throw new InletError("INLET_SIP_SYNTAX", "Refer-To twice");
  const { uri } = parseNameAddr(value, "Refer-To");
  const method = (isSipUri(uri) ? uri.parameters.get("method") : undefined) ?? "INVITE";
  if (!isToken(method)) throw new InletError("INLET_SIP_SYNTAX", "Refer-To: method");
  const referredBy = headerValue(request, "referred-by");
  return {
    uri,
    method: method.toUpperCase(),
    ...(referredBy !== undefined && { referredBy }),
    progress: headerValue(request, "refer-sub")?.trim().toLowerCase() !== "false",
  };
}
