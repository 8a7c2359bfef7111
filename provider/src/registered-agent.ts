/**
 * A sender within an IMS: it registers before it sends (3GPP TS 24.229 §5.1.1), so that its requests go by the service route
 * and the core knows whose they are. What is sent to it meanwhile is for the person's other devices.
 */
import { randomUUID } from "node:crypto";
import { Account, type AccountOptions } from "@inlet/agent-core/account";
import { type Clock, ERRORS, type ErrorCode, InletError, type Log } from "@inlet/agent-core/kernel";
import { type ConnectedAgent, USER_AGENT } from "./connected-agent.ts";

export interface RegisteredAgentOptions {
  readonly account: AccountOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Resolves once registered. Fails with why that is not so, or with the signal's INLET_TRANSFER_CANCELLED. */
export async function registerAgent({
  account: options,
  clock,
  log,
  signal,
}: RegisteredAgentOptions): Promise<ConnectedAgent> {
  const lost = new AbortController();
  const registered = Promise.withResolvers<void>();
  const fail = (error: InletError): void => {
    registered.reject(error);
    lost.abort(error);
  };
  const account: Account = new Account(options, {
    clock,
    log,
    userAgent: USER_AGENT,
    instance: `urn:uuid:${randomUUID()}`,
    handlers: { invite: (invite) => invite.reject(480) },
    changed: ({ state, reason: why }) => {
      if (why !== undefined && (state === "lost" || state === "rejected")) fail(errorOf(why));
    },
    registered: () => registered.resolve(),
    unregistered: () => undefined,
  });
  const cancel = (): void => fail(new InletError("INLET_TRANSFER_CANCELLED"));
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    if (signal?.aborted === true) cancel();
    else account.start();
    await registered.promise;
  } catch (error) {
    account.dispose();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  return {
    userAgent: account.userAgent,
    protocol: account.protocol,
    host: account.localAddress ?? "127.0.0.1",
    lost: lost.signal,
    leave: () => account.stop(),
    [Symbol.dispose]: () => account.dispose(),
  };
}

/** With its words as they were told. */
function errorOf({ code, text }: { readonly code: string; readonly text: string }): InletError {
  const error = new InletError(code in ERRORS ? (code as ErrorCode) : "INLET_INTERNAL");
  error.message = text;
  return error;
}
