/** SIP for the rest of Inlet (RFC 3261, 3428, 6665). */

export { DIGEST_ALGORITHMS, type DigestAlgorithm, verifyCredentials } from "../wire/sip/index.ts";
export type { AkaOptions } from "./aka.ts";
export { type Credentials, canAnswer } from "./authenticator.ts";
export { ACCEPT_OFFERS, allowing } from "./capabilities.ts";
export { Ims, type ImsOptions } from "./ims.ts";
export { IncomingInvite } from "./incoming-invite.ts";
export { IncomingRefer, type ReferProgress } from "./incoming-refer.ts";
export { IncomingRequest } from "./incoming-request.ts";
export { InviteSession, type InviteSessionHandlers } from "./invite-session.ts";
export { type LocateOptions, locateServer, type ServerTarget, statedProtocol } from "./locate/index.ts";
export { Notifier, type NotifierOptions } from "./notifier.ts";
export { type InviteResult, OutgoingInvite } from "./outgoing-invite.ts";
export { newSequence, type RequestOptions, type Sequence } from "./outgoing-request.ts";
export { Publication, type PublicationOptions, type PublicationOutcome } from "./publication.ts";
export { Refer, type ReferOptions } from "./refer.ts";
export type { ReferOutcome } from "./refer-machine.ts";
export type { ReferTo } from "./refer-to.ts";
export { type Body, type Reply, warning } from "./reply.ts";
export { isLocal } from "./response.ts";
export { SECURITY_MECHANISMS, type SecurityMechanism } from "./security-agreement.ts";
export { Subscription, type SubscriptionOptions } from "./subscription.ts";
export type { SubscriptionEnd } from "./subscription-machine.ts";
export {
  type FlowHandlers,
  type FlowTarget,
  type OpenFlow,
  openFlow,
  SipConnection,
  type SipFlow,
  type SipProtocol,
  type TlsOptions,
} from "./transport/index.ts";
export { type Binding, UserAgent, type UserAgentOptions } from "./user-agent.ts";
export type { UserAgentHandlers } from "./user-agent-server.ts";
