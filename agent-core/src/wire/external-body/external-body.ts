/**
 * Content indirection (RFC 4483): `message/external-body; access-type="URL"` names where the content lies, and the headers
 * inside describe it. Refuses (INLET_LINK_INVALID) another access type, a URL that is none or bears a name or password, an
 * expiration that is no date, a size that is no number, a hash that is no hex; one of another length than SHA-1's, as the
 * RFC's example has, is left out. Other schemes than http and https are read and left to who fetches. Blanks inside a folded URL do not count (RFC 2017 §3.1).
 */
import { type EpochMillis, InletError } from "../../kernel/index.ts";
import {
  type ContentType,
  contentType,
  createPart,
  formatContentType,
  formatMimeHeaders,
  type MimeHeader,
  type MultipartPart,
  mimeHeader,
  parseMimeHeaders,
} from "../multipart/index.ts";
import { formatMailDate, parseMailDate } from "../sdp/index.ts";

export const EXTERNAL_BODY = "message/external-body";

export interface ExternalBody {
  /** As it is fetched: absolute, in its normal form. */
  readonly url: string;
  /** After this the content may be gone, or be another. */
  readonly expiration?: EpochMillis;
  readonly size?: number;
  /** SHA-1 in lower-case hex. */
  readonly sha1?: string;
  /** Of the content: its Content-Type, Content-Disposition, Content-Description, Content-ID. */
  readonly headers: readonly MimeHeader[];
}

const invalid = (detail: string): InletError => new InletError("INLET_LINK_INVALID", detail);

const HEADERS_MAX = 16 * 1024;
/** In hex. */
const SHA1_LENGTH = 40;

export function parseExternalBody(type: ContentType, body: Uint8Array): ExternalBody {
  const { parameters } = type;
  if (type.mediaType !== EXTERNAL_BODY) throw invalid("Content-Type");
  if (parameters.get("access-type")?.toLowerCase() !== "url") throw invalid("access-type");
  const expirationText = parameters.get("expiration");
  const expiration = expirationText === undefined ? undefined : parseMailDate(expirationText);
  if (expirationText !== undefined && expiration === undefined) throw invalid("expiration");
  const sizeText = parameters.get("size");
  if (sizeText !== undefined && !/^\d{1,15}$/.test(sizeText)) throw invalid("size");
  const hash = parameters.get("hash")?.toLowerCase();
  if (hash !== undefined && !/^[0-9a-f]+$/.test(hash)) throw invalid("hash");
  return {
    url: readUrl(parameters.get("url")),
    ...(expiration !== undefined && { expiration }),
    ...(sizeText !== undefined && { size: Number(sizeText) }),
    ...(hash?.length === SHA1_LENGTH && { sha1: hash }),
    headers: readHeaders(body),
  };
}

function readUrl(text: string | undefined): string {
  const compact = text?.replace(/[ \t]+/g, "") ?? "";
  if (compact.length > 4096 || !URL.canParse(compact)) throw invalid("URL");
  const url = new URL(compact);
  if (url.username !== "" || url.password !== "") throw invalid("URL with a name or password");
  url.hash = "";
  return url.href;
}

/** Up to the blank line, or the end; what follows it is the phantom body, which means nothing (RFC 2046 §5.2.3). */
function readHeaders(body: Uint8Array): readonly MimeHeader[] {
  const text = Buffer.from(body.subarray(0, HEADERS_MAX))
    .toString("utf8")
    .replace(/^(\r?\n)+/, "");
  const [block = ""] = text.split(/\r?\n\r?\n/, 1);
  const lines = block.split(/\r?\n/).filter((line) => line !== "");
  return parseMimeHeaders(lines, "INLET_LINK_INVALID");
}

/** The content as a part without octets: type, disposition and id. */
export const describedPart = ({ headers }: ExternalBody): MultipartPart =>
  createPart(
    mimeHeader(headers, "Content-Type") === undefined
      ? [...headers, ["Content-Type", "application/octet-stream"]]
      : headers,
    new Uint8Array(0),
  );

export function formatExternalBody(link: ExternalBody): { readonly contentType: string; readonly content: string } {
  const type = contentType(EXTERNAL_BODY, [
    ["access-type", "URL"],
    ...(link.expiration === undefined ? [] : [["expiration", formatMailDate(link.expiration)] as const]),
    ["URL", link.url],
    ...(link.size === undefined ? [] : [["size", `${link.size}`] as const]),
    ...(link.sha1 === undefined ? [] : [["hash", link.sha1] as const]),
  ]);
  return {
    contentType: formatContentType(type),
    content: `${formatMimeHeaders(link.headers, "INLET_LINK_INVALID")}\r\n`,
  };
}
