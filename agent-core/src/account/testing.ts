/** For tests of accounts alone: an account whose views can be waited for. */
import type { Account as AccountView } from "../contract/index.ts";
import { type Clock, millis, systemClock } from "../kernel/index.ts";
import { Account } from "./account.ts";
import type { AccountEnvironment, AccountOptions } from "./options.ts";

/**
 * Twenty times as fast, so that retries can be watched; the order of events is the same. The twenty seconds that an answer may
 * take are still a whole one: a loaded machine is not a registrar that says nothing.
 */
export const hurried: Clock = {
  now: systemClock.now,
  elapsed: systemClock.elapsed,
  after: (delay, fn) => systemClock.after(millis(delay / 20), fn),
};

export interface Watched {
  readonly account: Account;
  readonly views: AccountView[];
  /** What it logged, as text. */
  readonly logged: string[];
  state(wanted: AccountView["state"]): Promise<AccountView>;
}

const running: Watched[] = [];

export function watch(
  options: Partial<AccountOptions> & { readonly registrar: string },
  clock: Clock = hurried,
  environment: Partial<AccountEnvironment> = {},
): Watched {
  const views: AccountView[] = [];
  const logged: string[] = [];
  let wake: (() => void) | undefined;
  const account = new Account(
    { aor: "sip:bob@example.net", user: "bob", password: "secret", ...options },
    {
      clock,
      log: (...record) => void logged.push(JSON.stringify(record)),
      userAgent: "Inlet/test",
      instance: "urn:uuid:00000000-0000-4000-8000-000000000001",
      handlers: {},
      ...environment,
      changed: (view) => {
        views.push(view);
        wake?.();
      },
      registered: () => undefined,
      unregistered: () => undefined,
    },
  );
  const state = async (wanted: AccountView["state"]): Promise<AccountView> => {
    const until = Date.now() + 8000;
    for (;;) {
      const last = views.at(-1);
      if (last?.state === wanted) return last;
      if (Date.now() > until) throw new Error(`never ${wanted}: ${JSON.stringify(views)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const watched = { account, views, logged, state };
  running.push(watched);
  return watched;
}

export function disposeAccounts(): void {
  for (const { account } of running.splice(0)) account.dispose();
}

/** A challenge. */
export const nonce = (value: string, more = ""): string =>
  `WWW-Authenticate: Digest realm="example.net", nonce="${value}", qop="auth"${more}`;
