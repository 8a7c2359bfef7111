/**
 * The hashes of a file being received: SHA-1 (what RFC 5547 senders offer) and SHA-256 (what Inlet keeps), taken from
 * the bytes as they come in order. What came out of order is read back at the end; if bytes already hashed were
 * overwritten, all of it is.
 */
import { createHash } from "node:crypto";

/** Algorithms a sender may offer (names of RFC 4572 §5 in lower case), strongest first. MD5 and MD2 prove nothing. */
const STRONGEST_FIRST = ["sha-512", "sha-384", "sha-256", "sha-224", "sha-1"] as const;
export type HashAlgorithm = (typeof STRONGEST_FIRST)[number];

/** The hash that decides: the strongest that Inlet can compute, as lower-case hex. None: nothing can be verified. */
export function strongestHash(
  offered: Readonly<Record<string, string>>,
): { readonly algorithm: HashAlgorithm; readonly hex: string } | undefined {
  for (const algorithm of STRONGEST_FIRST) {
    if (!Object.hasOwn(offered, algorithm)) continue;
    return { algorithm, hex: (offered[algorithm] ?? "").replaceAll(":", "").toLowerCase() };
  }
  return undefined;
}

/** Reads octets at a position, some at least; none only at the end of the file. */
export type ReadAt = (position: number) => Promise<Uint8Array>;

const start = (algorithm: HashAlgorithm) => createHash(algorithm.replace("-", ""));

export class ContentHashes {
  #sha1 = start("sha-1");
  #sha256 = start("sha-256");
  /** Octets from the beginning that are hashed. */
  #hashed = 0;
  #stale = false;

  /** Bytes as they are written. */
  add(position: number, bytes: Uint8Array): void {
    if (position < this.#hashed) this.#stale = true;
    if (this.#stale || position !== this.#hashed) return;
    this.#feed(bytes);
  }

  /** Hex of SHA-1, SHA-256 and `asked` over the first `extent` octets; undefined when the file is shorter. */
  async complete(read: ReadAt, extent: number, asked?: HashAlgorithm): Promise<Digests | undefined> {
    if (this.#stale) this.#restart();
    const extra = asked === undefined || asked === "sha-1" || asked === "sha-256" ? undefined : start(asked);
    for (let position = extra === undefined ? this.#hashed : 0; position < extent; ) {
      const slice = (await read(position)).subarray(0, extent - position);
      if (slice.length === 0) return undefined;
      extra?.update(slice);
      const end = position + slice.length;
      if (end > this.#hashed) this.#feed(slice.subarray(this.#hashed - position));
      position = end;
    }
    // Copies, so that finishing can be tried again.
    const sha1 = this.#sha1.copy().digest("hex");
    const sha256 = this.#sha256.copy().digest("hex");
    return { sha1, sha256, asked: asked === "sha-1" ? sha1 : (extra?.digest("hex") ?? sha256) };
  }

  #feed(bytes: Uint8Array): void {
    this.#sha1.update(bytes);
    this.#sha256.update(bytes);
    this.#hashed += bytes.length;
  }

  #restart(): void {
    this.#sha1 = start("sha-1");
    this.#sha256 = start("sha-256");
    this.#hashed = 0;
    this.#stale = false;
  }
}

/** Lower-case hex. `asked` repeats SHA-256 when nothing else was asked for. */
export interface Digests {
  readonly sha1: string;
  readonly sha256: string;
  readonly asked: string;
}
