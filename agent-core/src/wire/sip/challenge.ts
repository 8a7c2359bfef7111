/**
 * Digest challenges and credentials (RFC 7616 §3.3-3.4, RFC 3261 §25.1) as header values. One field value may hold
 * several challenges. Schemes other than Digest parse to their name alone. Refuses a challenge without realm or nonce.
 */
import { quote, splitOutside, syntax, unquote } from "./scan.ts";

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  /** As sent; absent means MD5. */
  readonly algorithm?: string;
  /** Lower case; empty when the challenge has none (RFC 2069 form). */
  readonly qop: readonly string[];
  readonly opaque?: string;
  readonly stale: boolean;
  /** The server takes the hash of the user's name instead of the name (RFC 7616 §3.4.4). */
  readonly userhash?: true;
}

/** Digest challenges of one header value, in the server's order; other schemes are left out. */
export function parseChallenges(value: string): DigestChallenge[] {
  const challenges: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  for (const piece of splitOutside(value, ",", "challenge")) {
    const text = piece.trim();
    if (text === "") continue;
    const scheme = /^([A-Za-z0-9-]+)[ \t]+(.*)$/s.exec(text);
    let parameter = text;
    if (scheme?.[1] !== undefined && scheme[2] !== undefined && !scheme[1].includes("=")) {
      current = scheme[1].toLowerCase() === "digest" ? new Map() : undefined;
      if (current !== undefined) challenges.push(current);
      parameter = scheme[2];
    }
    if (current === undefined) continue;
    const equals = parameter.indexOf("=");
    if (equals < 1) throw syntax("challenge parameter");
    const name = parameter.slice(0, equals).trim().toLowerCase();
    if (current.has(name)) throw syntax(`challenge ${name.slice(0, 20)} twice`);
    current.set(name, unquote(parameter.slice(equals + 1).trim()));
  }
  return challenges.map(toChallenge);
}

function toChallenge(parameters: ReadonlyMap<string, string>): DigestChallenge {
  const realm = parameters.get("realm");
  const nonce = parameters.get("nonce");
  if (realm === undefined || nonce === undefined) throw syntax("challenge without realm or nonce");
  const algorithm = parameters.get("algorithm");
  const opaque = parameters.get("opaque");
  const qop = (parameters.get("qop") ?? "").split(",");
  return {
    realm,
    nonce,
    ...(algorithm !== undefined && { algorithm }),
    qop: qop.map((q) => q.trim().toLowerCase()).filter((q) => q !== ""),
    ...(opaque !== undefined && { opaque }),
    stale: parameters.get("stale")?.toLowerCase() === "true",
    ...(parameters.get("userhash")?.toLowerCase() === "true" && { userhash: true as const }),
  };
}

export function formatChallenge(challenge: DigestChallenge): string {
  const parts = [`realm=${quote(challenge.realm)}`, `nonce=${quote(challenge.nonce)}`];
  if (challenge.qop.length > 0) parts.push(`qop=${quote(challenge.qop.join(","))}`);
  if (challenge.algorithm !== undefined) parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.stale) parts.push("stale=true");
  if (challenge.userhash === true) parts.push("userhash=true");
  return `Digest ${parts.join(", ")}`;
}

export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm?: string;
  readonly opaque?: string;
  readonly qop?: string;
  readonly cnonce?: string;
  /** Eight hex digits. */
  readonly nc?: string;
  /** Base64: how an AKA client asks for sequence numbers to be set right (RFC 3310 §3.4). */
  readonly auts?: string;
  /** `username` is a hash. */
  readonly userhash?: true;
}

/** RFC 7616 §3.4: algorithm, qop and nc stand without quotes. */
export function formatCredentials(credentials: DigestCredentials): string {
  const { username, realm, nonce, uri, response, algorithm, opaque, qop, cnonce, nc, auts, userhash } = credentials;
  const parts = [`username=${quote(username)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`, `uri=${quote(uri)}`];
  parts.push(`response="${response}"`);
  if (algorithm !== undefined) parts.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  if (qop !== undefined) parts.push(`qop=${qop}`);
  if (cnonce !== undefined) parts.push(`cnonce=${quote(cnonce)}`);
  if (nc !== undefined) parts.push(`nc=${nc}`);
  if (auts !== undefined) parts.push(`auts=${quote(auts)}`);
  if (userhash === true) parts.push("userhash=true");
  return `Digest ${parts.join(", ")}`;
}

/** What a registrar reads. Refuses anything but Digest and a missing mandatory parameter. */
export function parseCredentials(value: string): DigestCredentials {
  const match = /^Digest[ \t]+(.*)$/is.exec(value.trim());
  if (match?.[1] === undefined) throw syntax("credentials: not Digest");
  const parameters = new Map<string, string>();
  for (const piece of splitOutside(match[1], ",", "credentials")) {
    const equals = piece.indexOf("=");
    if (equals < 1) throw syntax("credentials parameter");
    parameters.set(piece.slice(0, equals).trim().toLowerCase(), unquote(piece.slice(equals + 1).trim()));
  }
  const need = (name: string): string => {
    const found = parameters.get(name);
    if (found === undefined) throw syntax(`credentials without ${name}`);
    return found;
  };
  const optional = <K extends string>(name: K): { [key in K]?: string } => {
    const found = parameters.get(name);
    return (found === undefined ? {} : { [name]: found }) as { [key in K]?: string };
  };
  return {
    username: need("username"),
    realm: need("realm"),
    nonce: need("nonce"),
    uri: need("uri"),
    response: need("response"),
    ...optional("algorithm"),
    ...optional("opaque"),
    ...optional("qop"),
    ...optional("cnonce"),
    ...optional("nc"),
    ...optional("auts"),
    ...(parameters.get("userhash")?.toLowerCase() === "true" && { userhash: true as const }),
  };
}
