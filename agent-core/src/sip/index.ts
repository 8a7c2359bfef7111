/** SIP for the rest of Inlet. SIP.js stays behind this folder. */
export { type Credentials, canAnswer } from "./authenticator.ts";
export * from "./connection.ts";
export { ALLOWED_METHODS, isLocal } from "./core.ts";
export { verifyCredentials } from "./digest.ts";
export { IncomingInvite } from "./incoming-invite.ts";
export { IncomingRequest } from "./incoming-request.ts";
export { InviteSession, type InviteSessionHandlers } from "./invite-session.ts";
export { Notifier, type NotifierOptions } from "./notifier.ts";
export { type InviteResult, OutgoingInvite } from "./outgoing-invite.ts";
export type { Body, Reply } from "./reply.ts";
export { Subscription, type SubscriptionOptions } from "./subscription.ts";
export {
  newSequence,
  type RequestOptions,
  type Sequence,
  UserAgent,
  type UserAgentHandlers,
  type UserAgentOptions,
} from "./user-agent.ts";
