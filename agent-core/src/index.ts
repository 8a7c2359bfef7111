export * from "./agent.ts";
export * from "./carrier.ts";
