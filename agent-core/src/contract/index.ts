export * from "./carrier.ts";
export * from "./commands.ts";
export * from "./events.ts";
export * from "./state.ts";
export * from "./values.ts";
