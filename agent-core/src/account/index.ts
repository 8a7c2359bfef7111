/** Accounts: registration with a SIP core, kept alive. */
export { Account } from "./account.ts";
export type { AccountEnvironment, AccountOptions } from "./options.ts";
