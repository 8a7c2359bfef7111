/** Finding the server of a SIP URI (RFC 3263). */
export { type LocateOptions, locateServer, type ServerTarget } from "./locate-server.ts";
export { statedProtocol } from "./targets.ts";
