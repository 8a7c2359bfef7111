/** Bodies of several parts (RFC 2046) and the MIME headers that other envelopes share with them. */
export * from "./body-parts.ts";
export * from "./content-disposition.ts";
export * from "./content-type.ts";
export { formatMimeHeaders, type MimeHeader, mimeHeader, parseMimeHeaders } from "./mime-headers.ts";
export * from "./multipart.ts";
export { hasControl, isMimeToken } from "./parameters.ts";
