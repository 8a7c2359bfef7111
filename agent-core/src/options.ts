/** The options that every host of an agent understands, free of the agent itself. */
export * from "./option-values.ts";
export * from "./sign-in-options.ts";
export * from "./transfer-options.ts";
