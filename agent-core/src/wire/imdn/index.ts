/** Disposition notifications for messages (RFC 5438). */
export * from "./imdn-document.ts";
export * from "./imdn-request.ts";
