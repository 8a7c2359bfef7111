/**
 * accept-types of an offered line against the types taken here (seed 001 §6.5.1.1 step 1, RFC 4975 §8.6). Inlet keeps any
 * content as a file, so that without a choice of the person's every registered kind of media type is taken.
 */
import { bareMediaType } from "../wire/multipart/index.ts";
import type { MsrpMedia } from "../wire/sdp/index.ts";

/** IANA's top-level media types, and one in wide use. What is none of these is no media type. */
const KINDS = "application audio chemical font haptics image message model multipart text video x-conference";
const EVERYTHING: readonly string[] = KINDS.split(" ").map((kind) => `${kind}/*`);
const WRAPPER = "message/cpim";

type Offered = Pick<MsrpMedia, "acceptTypes" | "acceptWrappedTypes">;

/** `taken`: types and ranges (`image/*`); undefined takes everything. */
export function isTaken({ acceptTypes, acceptWrappedTypes }: Offered, taken: readonly string[] = EVERYTHING): boolean {
  const outer = acceptTypes.filter((type) => bareMediaType(type) !== WRAPPER);
  const wrapped = outer.length < acceptTypes.length;
  // Without accept-wrapped-types anything may stand in the wrapper.
  return shares(outer, taken) || (wrapped && (acceptWrappedTypes.length === 0 || shares(acceptWrappedTypes, taken)));
}

/** For the answer: the offered ones first, as the sender's own list may be all it looks for. */
export function answeredTypes(offered: readonly string[], taken?: readonly string[]): readonly string[] {
  if (taken === undefined) return [...new Set([...offered, "*"])];
  const known = offered.filter(
    (type) => bareMediaType(type) === WRAPPER || (bareMediaType(type) !== "*" && shares([type], taken)),
  );
  return [...new Set([...known, ...taken])];
}

/** What a chunk's Content-Type may be. */
export const receivedTypes = (taken?: readonly string[]): readonly string[] =>
  taken === undefined ? ["*"] : [...taken, WRAPPER];

function shares(offered: readonly string[], taken: readonly string[]): boolean {
  return offered.some((one) => taken.some((other) => meets(bareMediaType(one), bareMediaType(other))));
}

function meets(one: string, other: string): boolean {
  if (one === "*" || other === "*") return true;
  const family = (type: string): string => type.slice(0, type.indexOf("/") + 1);
  return family(one) === family(other) && (one === other || one.endsWith("/*") || other.endsWith("/*"));
}
