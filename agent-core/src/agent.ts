/**
 * The facade: one object, started and stopped, that implements the contract. It does not know which host carries it.
 */
import type { Readable } from "node:stream";
import type { AcceptMode, AgentEvent, AgentState, MergePatch } from "./contract/index.ts";
import type { Clock, Log } from "./kernel/index.ts";

export interface AccountOptions {
  /** Address of record, `sip:bob@example.net`. */
  readonly aor: string;
  /** Where to register, `sip:127.0.0.1:5060;transport=tcp`. Default: the domain of the AOR over TCP. */
  readonly registrar?: string;
  /** User name for digest; default: the user part of the AOR. */
  readonly user?: string;
  readonly password: string;
  /** Ask the registrar for its list of channels. Default true; a core that has none answers 489 and is left alone. */
  readonly channels?: boolean;
}

export interface AgentOptions {
  /** Holds the database. Created if absent. */
  readonly dataDir: string;
  /** Where finished files go. Created if absent. */
  readonly folder: string;
  readonly accounts: readonly AccountOptions[];
  /** Address of the MSRP listener; port 0 takes a free one. Default 127.0.0.1:0. */
  readonly msrp?: { readonly host: string; readonly port: number };
  /** Overrides the stored setting. */
  readonly accept?: AcceptMode;
  readonly log?: Log;
  readonly clock?: Clock;
}

/** The bytes of an item, for a preview or a download. */
export interface ItemContent {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Octets `start` to `end` inclusive, from 0; everything by default. */
  open(range?: { readonly start: number; readonly end: number }): Readable;
}

export interface Agent {
  readonly state: AgentState;
  /** Every event and every change of state, as they happen. */
  subscribe(listener: (message: AgentEvent | { readonly patch: MergePatch }) => void): Disposable;
  /** Runs a command of the contract. Parameters are validated here; fails with an InletError. */
  execute(command: string, params: unknown): Promise<unknown>;
  /** Fails with INLET_ITEM_UNKNOWN or INLET_ITEM_CONTENT_GONE. */
  content(item: string): Promise<ItemContent>;
  /** Unregisters, ends sessions and transfers, closes everything. At most 5 s; a second call is the same stop. */
  stop(): Promise<void>;
  /** Settles when the agent has stopped, by `stop` or by the command `quit`. */
  readonly stopped: Promise<void>;
}
