/** The provider: the other side of a Push Receiver Agent, for the demo, for tests and for small installations. */
export { startDemoProvider } from "./demo.ts";
export { startProvider } from "./provider.ts";
export { type PushResult, type SendFilesOptions, sendFiles } from "./send-files.ts";
