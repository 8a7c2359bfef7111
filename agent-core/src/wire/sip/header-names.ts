/** Names of header fields: compact forms, the usual spelling, and which of them are comma-separated lists. */

const COMPACT: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  n: "identity-info",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
  y: "identity",
};

/** The long name in lower case. */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}

const SPELLING: Readonly<Record<string, string>> = {
  "call-id": "Call-ID",
  cseq: "CSeq",
  "mime-version": "MIME-Version",
  "sip-etag": "SIP-ETag",
  "sip-if-match": "SIP-If-Match",
  "www-authenticate": "WWW-Authenticate",
  "p-asserted-identity": "P-Asserted-Identity",
  rack: "RAck",
  rseq: "RSeq",
  "min-se": "Min-SE",
};

/** Header fields whose value is a comma-separated list (RFC 3261 §7.3.1 and the RFCs of each). */
export const LIST_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-contact",
  "accept-encoding",
  "accept-language",
  "alert-info",
  "allow",
  "allow-events",
  "call-info",
  "contact",
  "content-encoding",
  "content-language",
  "error-info",
  "in-reply-to",
  "p-asserted-identity",
  "p-associated-uri",
  "path",
  "proxy-require",
  "record-route",
  "reject-contact",
  "require",
  "route",
  "service-route",
  "supported",
  "unsupported",
  "via",
  "warning",
]);

/** Header fields that may stand only once (RFC 3261 §7.3.1); two of them are two meanings. */
export const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  "call-id",
  "content-disposition",
  "content-length",
  "content-type",
  "cseq",
  "event",
  "expires",
  "from",
  "max-forwards",
  "min-expires",
  "refer-to",
  "session-expires",
  "subscription-state",
  "to",
  "target-dialog",
]);

const capitals = (name: string): string => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

const SPELLED: ReadonlyMap<string, string> = new Map(
  [...Object.values(COMPACT), ...LIST_HEADERS, ...SINGLE_HEADERS, ...Object.keys(SPELLING)].map((name) => [
    name,
    SPELLING[name] ?? capitals(name),
  ]),
);

/** The usual spelling of a canonical name. */
export const spelledName = (name: string): string => SPELLED.get(name) ?? capitals(name);
