export * from "./assert-never.ts";
export * from "./brand.ts";
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./log.ts";
export * from "./trace.ts";
