/**
 * Where files come in unless somebody says: at every address, so that senders find us at that on which an account's server is
 * reached; where all servers are on this computer, on its loopback alone.
 */
import type { AccountOptions } from "./account/index.ts";
import { InletError } from "./kernel/index.ts";
import { type ListenOptions, MsrpListener } from "./msrp/index.ts";
import { parseSipUri } from "./wire/sip/index.ts";

const isLocal = ({ aor, registrar = aor }: Pick<AccountOptions, "aor" | "registrar">): boolean =>
  /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i.test(parseSipUri(registrar).host);

/** To be tried in this order: not every computer has IPv6. */
export const msrpHosts = (
  accounts: readonly Pick<AccountOptions, "aor" | "registrar">[],
): readonly [string, ...string[]] => (accounts.every(isLocal) ? ["127.0.0.1"] : ["::", "0.0.0.0"]);

/** Fails as MsrpListener.listen() does, at the last of them. */
export async function listenForMsrp(
  [host, ...others]: readonly [string, ...string[]],
  options: Omit<ListenOptions, "host">,
): Promise<MsrpListener> {
  try {
    return await MsrpListener.listen({ ...options, host });
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || !(error instanceof InletError)) throw error;
    return listenForMsrp([next, ...rest], options);
  }
}
