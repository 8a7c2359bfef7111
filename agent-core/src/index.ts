export * from "./agent.ts";
export * from "./carrier.ts";
export { parseRange } from "./http/index.ts";
export { readIdentity } from "./msrp/index.ts";
export { readTrace, repeats, selectTrace } from "./trace/index.ts";
