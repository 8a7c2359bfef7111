/** Push procedures (seed 001): offers, decisions, transfers, items; pager-mode messages. */
export type { PushEnvironment, Reach } from "./environment.ts";
export { Notes, tidily } from "./notes.ts";
export { Offers } from "./offers.ts";
export { receiveContent, receiveMessage } from "./pager-message.ts";
export { Receipts } from "./receipts.ts";
export { rehearse } from "./rehearse.ts";
export { Rules, withRule } from "./rules.ts";
export { SenderRate } from "./sender-rate.ts";
export { discardAside, keepAside, withAside } from "./set-aside.ts";
export { Underway } from "./underway.ts";
