/** MSRP machinery (RFC 4975): the listener and its receive sessions, and the sender. */
export { type Identity, keptIdentity, makeIdentity, readIdentity } from "./identity.ts";
export type { MessageHead, MessageSink } from "./inbound-message.ts";
export { type ListenOptions, MsrpListener } from "./listener.ts";
export type { MsrpSession } from "./msrp-session.ts";
export type { OutboundMessage } from "./outbound-message.ts";
export { RelayClient, type RelayLink, type RelayOptions, type RelayView } from "./relay-client.ts";
export { SendConnection } from "./send-connection.ts";
export { type AwaitedReceiver, SendListener } from "./send-listener.ts";
export type { SendResult } from "./send-options.ts";
export { MsrpSender, placeOf, senderPath } from "./sender.ts";
