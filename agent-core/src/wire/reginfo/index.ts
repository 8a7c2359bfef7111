/** Registration information (RFC 3680). */
export * from "./apply-reginfo.ts";
export * from "./reginfo.ts";
