/** The list of channels of a DCD server, and how a subscription's lists add up. */
export * from "./apply-channel-list.ts";
export * from "./channel-list.ts";
