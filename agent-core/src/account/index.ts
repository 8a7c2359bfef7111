/** Accounts: registration with a SIP core, kept alive. */
export { Account } from "./account.ts";
export type { AccountOptions } from "./options.ts";
