/**
 * Multipart bodies (RFC 2046 §5.1) over octets: parts may be binary. Refuses a body without a part, without its
 * closing delimiter, with more than LIMITS.multipartParts parts or a header block beyond LIMITS.multipartHeaders.
 * Preamble and epilogue are passed over; a multipart inside a multipart is one part here.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { type ContentDisposition, formatContentDisposition, parseContentDisposition } from "./content-disposition.ts";
import { type ContentType, contentType, formatContentType, parseContentType } from "./content-type.ts";
import { formatMimeHeaders, type MimeHeader, mimeHeader, parseMimeHeaders } from "./mime-headers.ts";
import { decodeTransfer, encodeTransfer } from "./transfer-encoding.ts";

export interface MultipartPart {
  readonly headers: readonly MimeHeader[];
  /** text/plain where the part states none; application/octet-stream where its encoding, or coding, could not be undone. */
  readonly contentType: ContentType;
  /** Without angle brackets and blanks. */
  readonly contentId?: string;
  readonly disposition?: ContentDisposition;
  /** After Content-Transfer-Encoding. */
  readonly body: Uint8Array;
}

const invalid = (detail: string): InletError => new InletError("INLET_MULTIPART_INVALID", detail);

/** RFC 2046 §5.1.1: any but the last may be a blank. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** @param type the Content-Type of the whole, for its boundary; or the boundary itself. */
export function parseMultipart(type: ContentType | { readonly boundary: string }, bytes: Uint8Array): MultipartPart[] {
  const boundary = "boundary" in type ? type.boundary : type.parameters.get("boundary");
  if (boundary === undefined || !BOUNDARY.test(boundary)) throw invalid("boundary");
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let delimiter = findDelimiter(data, boundary, 0, undefined);
  const parts: MultipartPart[] = [];
  while (delimiter !== undefined && !delimiter.closing) {
    if (parts.length === LIMITS.multipartParts) throw invalid("too many parts");
    const next = findDelimiter(data, boundary, delimiter.end, delimiter.eol);
    if (next === undefined) break;
    parts.push(readPart(data.subarray(delimiter.end, Math.max(delimiter.end, next.start)), delimiter.eol));
    delimiter = next;
  }
  if (delimiter?.closing !== true) throw invalid("no closing delimiter");
  if (parts.length === 0) throw invalid("no parts");
  return parts;
}

type Eol = "\r\n" | "\n";

interface Delimiter {
  /** Offset of the line end before it, which belongs to it. */
  readonly start: number;
  readonly end: number;
  readonly closing: boolean;
  readonly eol: Eol;
}

/** The line end of the first delimiter is that of the whole body, so that binary content is never cut at a stray LF. */
function findDelimiter(data: Buffer, boundary: string, from: number, eol: Eol | undefined): Delimiter | undefined {
  const dashes = Buffer.from(`--${boundary}`, "latin1");
  for (let at = data.indexOf(dashes, from); at >= 0; at = data.indexOf(dashes, at + 1)) {
    const before: Eol = eol ?? (data[at - 2] === 0x0d ? "\r\n" : "\n");
    const start = at - before.length;
    if (at !== 0 && (start < 0 || data.toString("latin1", start, at) !== before)) continue;
    let i = at + dashes.length;
    const closing = data[i] === 0x2d && data[i + 1] === 0x2d;
    if (closing) i += 2;
    while (data[i] === 0x20 || data[i] === 0x09) i++;
    const found = data[i] === 0x0d && data[i + 1] === 0x0a ? "\r\n" : data[i] === 0x0a ? "\n" : undefined;
    if (closing && (found !== undefined || i === data.length)) {
      return { start: Math.max(0, start), end: i, closing, eol: before };
    }
    if (found !== undefined && (eol === undefined || found === eol)) {
      return { start: Math.max(0, start), end: i + found.length, closing, eol: found };
    }
  }
  return undefined;
}

function readPart(data: Buffer, eol: Eol): MultipartPart {
  let headerEnd = 0;
  let bodyStart = eol.length;
  if (data.toString("latin1", 0, eol.length) !== eol) {
    const blank = data.indexOf(eol + eol);
    headerEnd = blank < 0 ? data.length : blank;
    bodyStart = blank < 0 ? data.length : blank + 2 * eol.length;
  }
  if (headerEnd > LIMITS.multipartHeaders) throw invalid("part headers too large");
  const block = data.toString("utf8", 0, headerEnd);
  const headers = parseMimeHeaders(block === "" ? [] : block.split(eol), "INLET_MULTIPART_INVALID");
  return createPart(headers, new Uint8Array(data.subarray(bodyStart)));
}

/** A part from its headers and the octets as they stand on the wire. */
export function createPart(headers: readonly MimeHeader[], wireBody: Uint8Array): MultipartPart {
  const typeText = mimeHeader(headers, "Content-Type");
  const type = typeText === undefined ? contentType("text/plain") : parseContentType(typeText);
  const coding = mimeHeader(headers, "Content-Encoding")?.trim().toLowerCase() ?? "identity";
  const decoded = decodeTransfer(mimeHeader(headers, "Content-Transfer-Encoding"), wireBody);
  const opaque = decoded === undefined || coding !== "identity";
  const contentId = mimeHeader(headers, "Content-ID")?.replace(/[<> \t]/g, "");
  const dispositionText = mimeHeader(headers, "Content-Disposition");
  const disposition = dispositionText === undefined ? undefined : parseContentDisposition(dispositionText);
  return {
    headers,
    // RFC 2045 §6.4: what cannot be decoded is opaque, whatever its type claims; one broken icon ends no call.
    contentType: opaque || type === undefined ? contentType("application/octet-stream") : type,
    ...(contentId === undefined || contentId === "" ? {} : { contentId }),
    ...(disposition === undefined ? {} : { disposition }),
    body: decoded ?? wireBody,
  };
}

/** The headers of a part to be sent; `binary` content needs no encoding inside SIP (RFC 3261 §7.4.1). */
export function partHeaders(part: {
  readonly contentType: ContentType;
  readonly contentId?: string;
  readonly disposition?: ContentDisposition;
}): MimeHeader[] {
  const headers: MimeHeader[] = [["Content-Type", formatContentType(part.contentType)]];
  if (part.contentId !== undefined) headers.push(["Content-ID", `<${part.contentId}>`]);
  if (part.disposition !== undefined) {
    headers.push(["Content-Disposition", formatContentDisposition(part.disposition)]);
  }
  return headers;
}

/** Bodies are encoded as their own headers state. Refuses a boundary that occurs in one of them. */
export function formatMultipart(
  parts: readonly Pick<MultipartPart, "headers" | "body">[],
  boundary: string,
): Uint8Array {
  if (!BOUNDARY.test(boundary)) throw invalid("boundary");
  if (parts.length === 0) throw invalid("no parts");
  const chunks: Uint8Array[] = [];
  for (const { headers, body } of parts) {
    const encoded = encodeTransfer(mimeHeader(headers, "Content-Transfer-Encoding"), body);
    const block = formatMimeHeaders(headers, "INLET_MULTIPART_INVALID");
    if (Buffer.from(encoded).includes(`--${boundary}`) || block.includes(`--${boundary}`)) {
      throw invalid("boundary occurs in a part");
    }
    chunks.push(Buffer.from(`--${boundary}\r\n${block}\r\n`), encoded, Buffer.from("\r\n"));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return new Uint8Array(Buffer.concat(chunks));
}
