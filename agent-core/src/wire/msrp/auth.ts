/**
 * AUTH (RFC 4976 §5.1, §9): how a client asks a relay to take messages for it, and what the relay answers. Refuses a 200
 * without a path that can be used. The digest stands in header values, as in SIP.
 */
import { InletError } from "../../kernel/index.ts";
import { formatEndLine, formatHead, headerOf, type MsrpResponse } from "./message.ts";
import { parsePath } from "./msrp-uri.ts";

export interface AuthRequest {
  readonly transactId: string;
  readonly toPath: readonly string[];
  /** Our own URI. */
  readonly fromPath: string;
  /** Seconds. */
  readonly expires?: number | undefined;
  readonly authorization?: string | undefined;
}

export function formatAuth({ transactId, toPath, fromPath, expires, authorization }: AuthRequest): string {
  const headers: [string, string][] = [];
  if (expires !== undefined) headers.push(["Expires", `${expires}`]);
  if (authorization !== undefined) headers.push(["Authorization", authorization]);
  const request = { kind: "request", method: "AUTH", hasBody: false } as const;
  return `${formatHead({ ...request, transactId, toPath, fromPath: [fromPath], headers })}${formatEndLine(transactId, "$")}`;
}

export interface RelayPath {
  /** As it goes before our own URI in a=path. */
  readonly usePath: readonly string[];
  /** Seconds it can be used for, where that is said. */
  readonly expires?: number;
}

/** Of a 200. Throws INLET_MSRP_SYNTAX. */
export function readRelayPath(response: MsrpResponse): RelayPath {
  const value = headerOf(response, "Use-Path");
  if (value === undefined) throw new InletError("INLET_MSRP_SYNTAX", "no Use-Path");
  const expires = seconds(headerOf(response, "Expires"));
  return { usePath: parsePath(value), ...(expires !== undefined && { expires }) };
}

/** Of a 423: what to ask for instead of `asked`; undefined where it does not say. */
export function boundedExpires(response: MsrpResponse, asked: number | undefined): number | undefined {
  const min = seconds(headerOf(response, "Min-Expires"));
  const max = seconds(headerOf(response, "Max-Expires"));
  if (min !== undefined && (asked === undefined || asked < min)) return min;
  if (max !== undefined && (asked === undefined || asked > max)) return max;
  return undefined;
}

const seconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
