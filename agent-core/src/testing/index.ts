/** For tests alone: peers written by hand, sharing no code with Inlet. */
export * from "./certificates.ts";
export { RawCall } from "./raw-call.ts";
export * from "./raw-core.ts";
export * from "./raw-datagram-core.ts";
export * from "./raw-dns.ts";
export * from "./raw-relay.ts";
export * from "./raw-sender.ts";
export * from "./torture.ts";
