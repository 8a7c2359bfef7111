/** What an account is told: by a person (`AccountOptions`) and by its agent (`AccountEnvironment`). */
import type { Account as AccountView } from "../contract/index.ts";
import type { Clock, Log, TraceSink } from "../kernel/index.ts";
import type { RelayOptions } from "../msrp/index.ts";
import type {
  AkaOptions,
  Credentials,
  ImsOptions,
  SecurityMechanism,
  TlsOptions,
  UserAgentHandlers,
} from "../sip/index.ts";
import type { DigestAlgorithm } from "../wire/sip/index.ts";

export interface AccountOptions {
  /** Address of record, `sip:bob@example.net`. */
  readonly aor: string;
  /**
   * Where to register, `sip:127.0.0.1:5060;transport=tcp`. Its transport is udp, tcp, tls, ws
   * or wss; what it leaves open DNS decides (RFC 3263). Default: the domain of the AOR.
   */
  readonly registrar?: string;
  /** User name for digest; default: the user part of the AOR. */
  readonly user?: string;
  /** Not needed where a SIM signs in. */
  readonly password?: string;
  /** Refuse to sign in with anything weaker: a password under MD5 is soon guessed. Default: whatever is asked for. */
  readonly minAlgorithm?: DigestAlgorithm;
  /** Keys of a SIM, for cores that authenticate by AKA (RFC 3310); `user` is then the private identity. */
  readonly aka?: AkaOptions;
  /** Agree with the first hop on how the connection is secured (RFC 3329), most wanted first. Default: do not ask. */
  readonly securityAgreement?: readonly SecurityMechanism[];
  /** Certificates to trust instead of the system's, or one certificate by its fingerprint. */
  readonly tls?: TlsOptions;
  /** DNS servers (`address:port`) instead of the system's. */
  readonly dnsServers?: readonly string[];
  /**
   * Use the address that the registrar gave this installation (GRUU, RFC 5627) as Contact in dialogs. Default: where the
   * core shows by outbound or a service route that it finds its way to it; a plain proxy often cannot.
   */
  readonly gruu?: boolean;
  /** The core is an IMS (3GPP TS 24.229). */
  readonly ims?: ImsOptions;
  /** Senders cannot connect to this computer: where they leave the choice (a=setup:actpass), it connects to them. */
  readonly behindNat?: boolean;
  /** Relays that take transfers for this account (RFC 4976); user and password are the account's where they are not given. */
  readonly msrpRelay?: Pick<RelayOptions, "relays"> & Partial<RelayOptions>;
  /**
   * Ask the core to be told what becomes of the registration (reg-event, RFC 3680). Default: where it names addresses of ours
   * in its answer (P-Associated-URI), as IMS does.
   */
  readonly regEvents?: boolean;
  /** Ask the registrar for its list of channels. Default true; a core that has none answers 489 and is left alone. */
  readonly channels?: boolean;
}

/** What the account signs in with. `aorUser`: the user part of its address. */
export const credentialsOf = (options: AccountOptions, aorUser: string | undefined): Credentials => ({
  user: options.user ?? aorUser ?? "",
  ...(options.password !== undefined && { password: options.password }),
  ...(options.minAlgorithm !== undefined && { minAlgorithm: options.minAlgorithm }),
  ...(options.aka !== undefined && { aka: options.aka }),
  ...(options.ims !== undefined && { introduce: true }),
});

export interface AccountEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  /** What the connections of an account tell their messages to. */
  trace?(account: string): TraceSink;
  /** Stable for this installation: `urn:uuid:…` (RFC 5626 §4.1). */
  readonly instance: string;
  readonly handlers: UserAgentHandlers;
  /** The view changed. */
  changed(view: AccountView): void;
  /** A registration of this connection stands for the first time. */
  registered(): void;
  /** The connection is gone, or the registration is. */
  unregistered(): void;
}
