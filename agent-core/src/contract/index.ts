export * from "./carrier.ts";
export * from "./commands.ts";
export * from "./events.ts";
export { isProgramName } from "./program-name.ts";
export * from "./rules.ts";
export * from "./state.ts";
export * from "./values.ts";
