/**
 * Content-Disposition (RFC 2183), with the extended file name of RFC 2231 §4 / RFC 6266 §4.3.
 * Its parameters are hints of the sender: what an offer said goes before them.
 */
import { formatParameterised, isMimeToken, type MimeParameters, parseParameterised } from "./parameters.ts";

export interface ContentDisposition {
  /** Lower case: `render`, `attachment`, `icon`, `notification`, or whatever the sender made up. */
  readonly type: string;
  readonly parameters: MimeParameters;
}

export function parseContentDisposition(text: string): ContentDisposition | undefined {
  const parsed = parseParameterised(text);
  if (parsed === undefined || !isMimeToken(parsed.value)) return undefined;
  return { type: parsed.value.toLowerCase(), parameters: parsed.parameters };
}

export const formatContentDisposition = (disposition: ContentDisposition): string =>
  formatParameterised(disposition.type, disposition.parameters, "INLET_MULTIPART_INVALID");

/** The file name a disposition hints at; not safe for any file system. */
export function dispositionFileName(disposition: ContentDisposition): string | undefined {
  return extendedValue(disposition.parameters.get("filename*")) ?? disposition.parameters.get("filename");
}

/** `UTF-8'language'percent-encoded`; other charsets are left to the plain parameter beside it. */
function extendedValue(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [charset, , encoded] = text.split("'", 3);
  if (charset?.toLowerCase() !== "utf-8" || encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // RFC 6266 §4.3: a broken extended value is as good as none
  }
}
