/** Identifiers. All of them come from the system's cryptographic generator: several are capabilities (RFC 4975 §14.1). */
import { randomFillSync, randomUUID } from "node:crypto";

/** Octets are asked for many at a time: most of what asking costs does not depend on how many. Each is given out once. */
const pool = Buffer.alloc(4096);
let taken = pool.length;

function take(octets: number): Buffer {
  if (taken + octets > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += octets;
  return pool.subarray(taken - octets, taken);
}

/**
 * `bits` of randomness, less a hundredth: base64url without "-" and "_". What is left is safe in a SIP token, an MSRP ident and
 * a URL, and with MSRP stacks that know no other idents (msrp-java).
 */
export function randomToken(bits = 128): string {
  for (;;) {
    const token = take(Math.ceil(bits / 8)).toString("base64url");
    if (!/[-_]/.test(token)) return token;
  }
}

export const newUuid = (): string => randomUUID();
