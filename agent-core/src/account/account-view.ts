/** An account as a user interface sees it. */
import type { Account as AccountView } from "../contract/index.ts";
import { assertNever } from "../kernel/index.ts";
import type { RegistrationState } from "./registration.ts";

export interface AccountFacts {
  readonly id: string;
  readonly registrar: string;
  readonly identities: readonly string[];
  readonly expiresAt: string | undefined;
  readonly retryAt: string | undefined;
}

export function viewOf(state: RegistrationState, facts: AccountFacts): AccountView {
  const { id, registrar, identities, expiresAt, retryAt } = facts;
  const base = { id, registrar };
  switch (state.phase) {
    case "idle":
    case "connecting":
    case "registering":
      return { ...base, state: "connecting" };
    case "registered":
    case "refreshing":
      return {
        ...base,
        state: state.phase,
        ...(expiresAt !== undefined && { expiresAt }),
        ...(identities.length > 0 && { identities: [...identities] }),
      };
    case "lost":
      return { ...base, state: "lost", reason: state.reason, ...(retryAt !== undefined && { retryAt }) };
    case "rejected":
      return { ...base, state: "rejected", reason: state.reason };
    case "unregistering":
    case "unregistered":
      return { ...base, state: "unregistered" };
    default:
      return assertNever(state);
  }
}
