export * from "./agent.ts";
export * from "./carrier.ts";
export { readTrace, repeats, selectTrace } from "./trace/index.ts";
