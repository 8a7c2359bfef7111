/** The provider: the other side of a Push Receiver Agent, for the demo, for tests and for small installations. */
export type { ChannelDefinition } from "./channel-definition.ts";
export { type DemoProvider, type DemoProviderOptions, startDemoProvider } from "./demo.ts";
export type { FileToPush } from "./outgoing-file.ts";
export type { PageMessage } from "./page-message.ts";
export { type Provider, type ProviderOptions, type Push, startProvider } from "./provider.ts";
export { type PushResult, type SendFilesOptions, sendFiles } from "./send-files.ts";
export type { ChosenMethod, SendMethod } from "./send-method.ts";
export type { FileResult, SendOutcome } from "./send-result.ts";
