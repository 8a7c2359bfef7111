/** Content that is named by its address instead of being sent (RFC 4483). */
export * from "./external-body.ts";
