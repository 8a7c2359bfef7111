/**
 * The parts of a SIP body, whether it is multipart (RFC 5621), however deep, or a single one; and the case of the seed's
 * sample, where a multipart body travels under `Content-Type: application/sdp`.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { acceptsType, type ContentType, parseContentType } from "./content-type.ts";
import { createPart, type MultipartPart, parseMultipart } from "./multipart.ts";

const DASH = 0x2d;
const BOUNDARY_MAX = 70;

/** The boundary of a body that opens with `--token` and a line end; `undefined` for anything else. */
export function sniffMultipartBoundary(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== DASH || bytes[1] !== DASH) return undefined;
  const line = Buffer.from(bytes.subarray(2, 2 + BOUNDARY_MAX + 2)).toString("latin1");
  const match = /^([0-9A-Za-z'()+_,\-./:=?]{1,70})\r?\n/.exec(line);
  return match?.[1];
}

/**
 * In their order, those of an inner multipart in its place; one that is damaged, or too deep, stays one part.
 * @param header the value of Content-Type of the message. Refuses one that cannot be read.
 */
export function readBodyParts(header: string, bytes: Uint8Array): readonly MultipartPart[] {
  const type = parseContentType(header);
  if (type === undefined) throw new InletError("INLET_MULTIPART_INVALID", "Content-Type");
  const boundary = type.mediaType === "application/sdp" ? sniffMultipartBoundary(bytes) : undefined;
  if (boundary === undefined && !isMultipart(type)) return [createPart([["Content-Type", header]], bytes)];
  return parseMultipart(boundary === undefined ? type : { boundary }, bytes).flatMap((part) => unfolded(part, 1));
}

const isMultipart = ({ mediaType }: ContentType): boolean => mediaType.startsWith("multipart/");

function unfolded(part: MultipartPart, depth: number): readonly MultipartPart[] {
  if (!isMultipart(part.contentType) || depth === LIMITS.messageDepth) return [part];
  try {
    return parseMultipart(part.contentType, part.body).flatMap((inner) => unfolded(inner, depth + 1));
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    return [part];
  }
}

export const findPart = (parts: readonly MultipartPart[], mediaType: string): MultipartPart | undefined =>
  parts.find((part) => acceptsType([mediaType], part.contentType.mediaType));

/** @param contentId as in a `cid:` URL, decoded (RFC 2392). */
export const findPartById = (parts: readonly MultipartPart[], contentId: string): MultipartPart | undefined =>
  parts.find((part) => part.contentId === contentId);
