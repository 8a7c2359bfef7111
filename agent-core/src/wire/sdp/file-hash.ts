/**
 * Hashes of a file as SDP writes them (RFC 5547 §6, RFC 8122 §5): `algorithm` and pairs of hex digits between colons.
 * Reads the seed's run of digits, lower case and `sha1` too. Refuses odd digits, anything that is not hex, and a length
 * that does not fit an algorithm that is known; an unknown algorithm is kept, and never verifies anything.
 */
import { sdpInvalid } from "./sdp-lines.ts";

/** Algorithm in lower case to upper-case hex pairs between colons. */
export type FileHashes = Readonly<Record<string, string>>;

const OCTETS: ReadonlyMap<string, number> = new Map([
  ["sha-512", 64],
  ["sha-384", 48],
  ["sha-256", 32],
  ["sha-224", 28],
  ["sha-1", 20],
  ["md5", 16],
]);

/** As AG Projects' clients once wrote it. */
const WITHOUT_HYPHEN = /^sha(1|224|256|384|512)$/;

export function parseHash(algorithm: string, digits: string): { algorithm: string; value: string } {
  const name = algorithm.toLowerCase().replace(WITHOUT_HYPHEN, "sha-$1");
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) throw sdpInvalid("hash: algorithm");
  const hex = (digits.includes(":") ? digits.split(":") : (digits.match(/../g) ?? [])) as readonly string[];
  if (hex.length === 0 || hex.some((pair) => !/^[0-9A-Fa-f]{2}$/.test(pair))) throw sdpInvalid(`hash:${name}: digits`);
  if (!digits.includes(":") && digits.length % 2 !== 0) throw sdpInvalid(`hash:${name}: odd digits`);
  const length = OCTETS.get(name);
  if (length !== undefined && hex.length !== length) throw sdpInvalid(`hash:${name}: length`);
  return { algorithm: name, value: hex.join(":").toUpperCase() };
}
