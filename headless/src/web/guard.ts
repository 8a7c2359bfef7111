/**
 * Who may speak to the loopback web host. A page of another site must get nothing, even one whose name was made to
 * point at 127.0.0.1 (DNS rebinding): exact Host, exact Origin, and a token that only the printed address holds.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Name of the WebSocket subprotocol; the token goes beside it, for a cookie would go to every port of 127.0.0.1. */
export const SUBPROTOCOL = "inlet.v1";
const TOKEN_PREFIX = "token.";

/** 32 bytes, new at each start. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** The only names this host answers to. */
export const isOwnHost = (host: string | undefined, port: number): host is string =>
  host === `127.0.0.1:${port}` || host === `[::1]:${port}`;

/** Constant time: digests have one length and tell nothing about a common prefix. */
export function sameToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The token out of `Sec-WebSocket-Protocol: inlet.v1, token.…`; undefined unless both are there. */
export function tokenOfSubprotocols(header: string | undefined): string | undefined {
  const offered = (header ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(SUBPROTOCOL)) return undefined;
  return offered.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
}

/** The token out of `Authorization: Bearer …` (RFC 6750 §2.1). */
export const tokenOfAuthorization = (header: string | undefined): string | undefined =>
  /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "")?.[1];
