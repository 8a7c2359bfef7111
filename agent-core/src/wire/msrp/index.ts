export * from "./auth.ts";
export * from "./byte-range.ts";
export * from "./framer.ts";
export * from "./message.ts";
export * from "./msrp-uri.ts";
export * from "./report.ts";
