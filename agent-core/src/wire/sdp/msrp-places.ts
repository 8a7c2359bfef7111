/**
 * Where the connection of an MSRP session goes (RFC 4975 §8, RFC 6714): to the left-most URI of the path; with CEMA on both
 * sides to c= and m=, which a middlebox may have rewritten.
 */
import { MSRP_PORT, parseMsrpUri } from "../msrp/index.ts";
import type { MsrpMedia } from "./msrp-media.ts";

export interface Place {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

const samePlace = (a: Place, b: Place): boolean => a.port === b.port && a.host.toLowerCase() === b.host.toLowerCase();

/**
 * To be tried in this order. Without CEMA, a c= that differs from the path means a middlebox that knows no MSRP: the path
 * was meant, and if it leads nowhere, the middlebox may take the connection. A relay stands in the path (RFC 6714 §4).
 */
export function placesOf({ path, cema, address }: Pick<MsrpMedia, "path" | "cema" | "address">): readonly Place[] {
  const uri = parseMsrpUri(path[0] ?? "");
  const stated = { host: uri.host.replace(/^\[(.*)\]$/, "$1"), port: uri.port ?? MSRP_PORT };
  if (address === undefined || path.length > 1 || samePlace(address, stated)) return [stated];
  return cema === true ? [address] : [stated, address];
}
