/** Accounts: registration with a SIP core, kept alive. */
export { Account, type AccountEnvironment, type AccountOptions } from "./account.ts";
