/** The identity of transactions on the wire (RFC 3261 §8.1.1.7, §17.1.3, §17.2.3). */
import { randomToken } from "../../kernel/index.ts";
import { callIdOf, cseqOf, fromOf, type SipRequest, type SipResponse, topVia } from "../../wire/sip/index.ts";

const COOKIE = "z9hG4bK";

export const newBranch = (): string => `${COOKIE}${randomToken(128)}`;

/** A response belongs to the request of ours with its branch and method. */
export const clientKey = (branch: string, method: string): string => `${branch} ${method}`;

export const clientKeyOf = (response: SipResponse): string =>
  clientKey(topVia(response).parameters.get("branch") ?? "", cseqOf(response).method);

/**
 * Requests of one server transaction share this: branch, sent-by and method. `method` names the request that is meant,
 * so that an ACK or CANCEL finds its INVITE. Without a branch of RFC 3261 Call-ID, From tag and CSeq stand in for it.
 */
export function serverKeyOf(request: SipRequest, method = request.method): string {
  const via = topVia(request);
  const branch = via.parameters.get("branch");
  // The cookie alone is no branch of RFC 3261 (RFC 4475 §3.2.1).
  const id =
    branch?.startsWith(COOKIE) === true && branch.length > COOKIE.length
      ? branch
      : `${branch ?? ""} ${mergeKeyOf(request)}`;
  return `${id} ${via.host}:${via.port ?? ""} ${method}`;
}

/** The same request by another way has the same (RFC 3261 §8.2.2.2). */
export const mergeKeyOf = (request: SipRequest): string =>
  `${callIdOf(request)} ${fromOf(request).parameters.get("tag") ?? ""} ${cseqOf(request).number}`;
