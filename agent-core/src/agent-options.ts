/** What an agent is told when it starts. */
import type { AccountOptions } from "./account/index.ts";
import type { AcceptMode } from "./contract/index.ts";
import type { Clock, Log } from "./kernel/index.ts";
import type { ListenOptions } from "./msrp/index.ts";

export interface AgentOptions {
  /** Holds the database. Created if absent. */
  readonly dataDir: string;
  /** Where finished files go. Created if absent. */
  readonly folder: string;
  readonly accounts: readonly AccountOptions[];
  /**
   * Address of the MSRP listener; port 0 takes a free one. Default: a free one at every address, or on 127.0.0.1 where all
   * accounts have their servers on this computer. Encrypted transfers show `identity`, by
   * default a self-signed certificate of this data folder. With `ca` (PEM), peers that name no fingerprint need a certificate
   * that it vouches for; without, they are told apart as proven by the system's authorities, or not.
   */
  readonly msrp?: Partial<Pick<ListenOptions, "host" | "port" | "identity" | "ca">>;
  /** What links lead to, for tests and for who serves them on their own network: addresses there, an authority, names. */
  readonly links?: {
    /** Beside the open internet: networks like `192.168.1.0/24`, and addresses. */
    readonly networks?: readonly string[];
    readonly ca?: string;
    readonly resolve?: (host: string) => Promise<readonly string[]>;
  };
  /** Types of content that are taken (`image/png`, `image/*`). Default: all; offers of nothing else are refused. */
  readonly acceptTypes?: readonly string[];
  /** Overrides the stored setting. */
  readonly accept?: AcceptMode;
  /** From the system's keyring: under it Inlet's secrets lie encrypted. Default: one in a file of `dataDir`. */
  readonly secretKey?: string;
  readonly log?: Log;
  readonly clock?: Clock;
}
