/** a=fingerprint (RFC 8122 §5): what the certificate of a peer over TLS is known by. A description may hold several. */
import { parseHash } from "./file-hash.ts";
import type { MsrpMedia } from "./msrp-media.ts";
import type { Attribute } from "./session-description.ts";

export interface Fingerprint {
  readonly algorithm: string;
  /** Upper-case hex pairs between colons. */
  readonly value: string;
}

/** Strongest first. What is weaker proves nothing: certificates can be made to fit it. */
const TRUSTED = ["sha-512", "sha-384", "sha-256"];

/** Those of the line; those of the session where it has none. Refuses what is no hash. */
export function readFingerprints(own: readonly Attribute[], inherited: readonly Attribute[]): readonly Fingerprint[] {
  const read = (attributes: readonly Attribute[]): readonly Fingerprint[] =>
    attributes
      .filter(({ name }) => name === "fingerprint")
      .map(({ value = "" }) => {
        const [algorithm = "", digits = ""] = value.trim().split(/[ \t]+/);
        return parseHash(algorithm, digits);
      });
  const found = read(own);
  return found.length > 0 ? found : read(inherited);
}

/**
 * Those to check by: all of the strongest algorithm (RFC 8122 §5); none where a relay stands between, whose certificate is
 * its own. undefined: those that are stated prove nothing.
 */
export function trustedFingerprints({
  fingerprints = [],
  path,
}: Pick<MsrpMedia, "fingerprints" | "path">): readonly Fingerprint[] | undefined {
  if (fingerprints.length === 0 || path.length > 1) return [];
  const strongest = TRUSTED.find((trusted) => fingerprints.some(({ algorithm }) => algorithm === trusted));
  return strongest === undefined ? undefined : fingerprints.filter(({ algorithm }) => algorithm === strongest);
}
