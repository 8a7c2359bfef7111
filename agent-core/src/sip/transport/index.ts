/** SIP transports (RFC 3261 §18, RFC 5626, RFC 7118). */
export type { FlowHandlers, FlowOptions, FlowTarget, OpenFlow, SipFlow, SipProtocol, TlsOptions } from "./flow.ts";
export { sentBy } from "./flow.ts";
export { openFlow } from "./open-flow.ts";
export { SipConnection } from "./stream.ts";
