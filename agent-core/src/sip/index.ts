/** SIP for the rest of Inlet (RFC 3261, 3428, 6665). */
export type { AkaOptions } from "./aka.ts";
export { type Credentials, canAnswer } from "./authenticator.ts";
export { ACCEPT_OFFERS, allowing } from "./capabilities.ts";
export { Ims, type ImsOptions } from "./ims.ts";
export { IncomingInvite } from "./incoming-invite.ts";
export { IncomingRefer } from "./incoming-refer.ts";
export { IncomingRequest } from "./incoming-request.ts";
export { InviteSession } from "./invite-session.ts";
export { locateServer, type ServerTarget, statedProtocol } from "./locate/index.ts";
export { Notifier } from "./notifier.ts";
export type { InviteResult } from "./outgoing-invite.ts";
export { newSequence } from "./outgoing-request.ts";
export { Publication, type PublicationOptions } from "./publication.ts";
export { Refer } from "./refer.ts";
export { type Body, type Reply, warning } from "./reply.ts";
export { isLocal } from "./response.ts";
export type { SecurityMechanism } from "./security-agreement.ts";
export { Subscription, type SubscriptionOptions } from "./subscription.ts";
export {
  type FlowHandlers,
  type OpenFlow,
  openFlow,
  SipConnection,
  type SipProtocol,
  type TlsOptions,
} from "./transport/index.ts";
export { type Binding, UserAgent } from "./user-agent.ts";
export type { UserAgentHandlers } from "./user-agent-server.ts";
