/** What others may use of the headless hosts: the web host, and the agent in lines. */

export { electronBinary } from "./electron-binary.ts";
export { type NdjsonHost, type NdjsonHostOptions, startNdjsonHost } from "./ndjson/host.ts";
export { builtInterface } from "./web/built-interface.ts";
export { startWebHost, type WebHost, type WebHostOptions } from "./web/host.ts";
