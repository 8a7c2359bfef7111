/**
 * Media types (RFC 2045 §5.1) and the lists they are matched against (RFC 4975 §8.6 accept-types).
 * What cannot be read is `undefined`: which error that is depends on where the type stood.
 */
import { formatParameterised, isMimeToken, type MimeParameters, parseParameterised } from "./parameters.ts";

export interface ContentType {
  /** `type/subtype` in lower case. */
  readonly mediaType: string;
  readonly parameters: MimeParameters;
}

export const contentType = (mediaType: string, parameters: Iterable<readonly [string, string]> = []): ContentType => ({
  mediaType,
  parameters: new Map(parameters),
});

export function parseContentType(text: string): ContentType | undefined {
  const parsed = parseParameterised(text);
  if (parsed === undefined) return undefined;
  const slash = parsed.value.indexOf("/");
  if (slash < 0 || !isMimeToken(parsed.value.slice(0, slash)) || !isMimeToken(parsed.value.slice(slash + 1)))
    return undefined;
  return { mediaType: parsed.value.toLowerCase(), parameters: parsed.parameters };
}

export const formatContentType = (type: ContentType): string =>
  formatParameterised(type.mediaType, type.parameters, "INLET_MULTIPART_INVALID");

/** The form of a file-selector (RFC 5547 §6): every parameter value in quotes. */
export const formatQuotedContentType = (type: ContentType): string =>
  formatParameterised(type.mediaType, type.parameters, "INLET_SDP_INVALID", true);

/** Whether a list of `*`, `type/*` and `type/subtype` holds the type. Parameters on either side do not count; what is no type is in none. */
export function acceptsType(accepted: readonly string[], mediaType: string): boolean {
  const wanted = bareMediaType(mediaType);
  if (!/^[^/\s]+\/[^/\s]+$/.test(wanted)) return false;
  const family = `${wanted.slice(0, wanted.indexOf("/"))}/*`;
  return accepted.some((entry) => {
    const range = bareMediaType(entry);
    return range === "*" || range === "*/*" || range === wanted || range === family;
  });
}

/** In lower case and without parameters. Nothing of it is checked: what is compared with a list needs no more. */
export const bareMediaType = (text: string): string => (text.split(";", 1)[0] ?? "").trim().toLowerCase();
