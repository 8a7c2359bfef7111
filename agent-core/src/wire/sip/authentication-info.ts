/**
 * Authentication-Info (RFC 7616 §3.5): the server's own proof, and the nonce to use next. Refuses a list that is none,
 * and a parameter that stands twice.
 */
import { splitOutside, syntax, unquote } from "./scan.ts";

export interface AuthenticationInfo {
  readonly nextnonce?: string;
  /** Lower case. */
  readonly rspauth?: string;
  readonly qop?: string;
  readonly cnonce?: string;
  readonly nc?: string;
}

export function parseAuthenticationInfo(value: string): AuthenticationInfo {
  const parameters = new Map<string, string>();
  for (const piece of splitOutside(value, ",", "Authentication-Info")) {
    if (piece.trim() === "") continue;
    const equals = piece.indexOf("=");
    if (equals < 1) throw syntax("Authentication-Info parameter");
    const name = piece.slice(0, equals).trim().toLowerCase();
    if (parameters.has(name)) throw syntax("Authentication-Info parameter twice");
    parameters.set(name, unquote(piece.slice(equals + 1).trim()));
  }
  const [nextnonce, rspauth, qop, cnonce, nc] = ["nextnonce", "rspauth", "qop", "cnonce", "nc"].map((name) =>
    parameters.get(name),
  );
  return {
    ...(nextnonce !== undefined && { nextnonce }),
    ...(rspauth !== undefined && { rspauth: rspauth.toLowerCase() }),
    ...(qop !== undefined && { qop: qop.toLowerCase() }),
    ...(cnonce !== undefined && { cnonce }),
    ...(nc !== undefined && { nc }),
  };
}
