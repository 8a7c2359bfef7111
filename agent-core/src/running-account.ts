/** One account at work: its registration, the channels that come through it, and the relay that its transfers use. */
import { z } from "zod";
import { Account, type AccountOptions } from "./account/index.ts";
import type { StateHolder } from "./agent-state.ts";
import type { AgentEvent } from "./contract/index.ts";
import { Channels } from "./dcd/index.ts";
import { newUuid, type TraceSink } from "./kernel/index.ts";
import { RelayClient, type RelayView } from "./msrp/index.ts";
import { type Offers, type PushEnvironment, type Reach, receiveContent, receiveMessage, tidily } from "./push/index.ts";
import type { Body } from "./sip/index.ts";
import type { Store } from "./store/index.ts";
import { parseSipUri, type SipRequest } from "./wire/sip/index.ts";

const USER_AGENT = "Inlet/0.1";

export interface RunningAccountOptions {
  readonly environment: PushEnvironment;
  readonly offers: Offers;
  readonly holder: StateHolder;
  /** Where the messages of an account are recorded. */
  trace(id: string): TraceSink;
}

export class RunningAccount {
  readonly account: Account;
  readonly channels: Channels;
  readonly relay: RelayClient | undefined;
  readonly #environment: PushEnvironment;
  readonly #holder: StateHolder;
  readonly #behindNat: boolean;
  #told = "";

  /** INLET_SIP_URI, INLET_SIP_TRANSPORT_UNSUPPORTED. */
  constructor(options: AccountOptions, { environment, offers, holder, trace }: RunningAccountOptions) {
    this.#environment = environment;
    this.#holder = holder;
    this.#behindNat = options.behindNat === true;
    const { clock, log, msrp, store } = environment;
    this.account = new Account(withSequence(options, store), {
      clock,
      log,
      trace,
      userAgent: USER_AGENT,
      instance: instanceOf(store),
      handlers: {
        invite: (invite) => {
          if (!this.channels.invited(invite)) offers.receive(this.account.id, invite);
        },
        requests: { MESSAGE: (request) => receiveMessage(environment, offers, this.account.id, request) },
      },
      changed: (view) => this.#changed(view),
      registered: () => {
        if (options.channels !== false) this.channels.start();
      },
      unregistered: () => this.channels.suspend(),
    });
    const { id, userAgent } = this.account;
    this.channels = new Channels({
      clock,
      log,
      msrp,
      host: () => this.#host,
      account: id,
      userAgent,
      lastItemAt: (channel) => tidily(log, () => store.lastItemAt(id, channel)),
      content: (request) => receiveContent(environment, offers, id, request),
      changed: (views, removed) => {
        const gone = Object.fromEntries(removed.map((key) => [key, null]));
        holder.patch({ channels: { ...gone, ...Object.fromEntries(views) } });
        const list = [...views.values()].map(({ id: channel, name, status }) => ({ id: channel, name, status }));
        holder.publish({ event: "channels", account: id, channels: list });
      },
    });
    this.relay = this.#relayOf(options);
    holder.patch({ accounts: { [id]: this.account.view } });
  }

  start(): void {
    this.account.start();
    this.relay?.retry();
  }

  /** How senders reach the listener. */
  get reach(): Reach {
    return { behindNat: this.#behindNat, relay: this.relay?.link, host: this.#host };
  }

  channelOf(request: SipRequest): string | undefined {
    return this.channels.channelOf(request);
  }

  /** Sends a MESSAGE of ours. Resolves with the status of its answer. */
  async message(to: string, body: Body): Promise<number> {
    return (await this.account.userAgent.request({ method: "MESSAGE", uri: to, to, body })).status;
  }

  reconnect(): void {
    this.account.reconnect();
    this.relay?.retry();
  }

  linkChanged(link: "up" | "down", holds: (address: string) => boolean): void {
    this.account.linkChanged(link, holds);
    if (link === "up") this.relay?.awake();
  }

  suspended(): void {
    this.account.suspended();
  }

  resumed(): void {
    this.account.resumed();
    this.relay?.awake();
  }

  dispose(): void {
    this.relay?.[Symbol.dispose]();
    this.channels.dispose();
    this.account.dispose();
  }

  /** As its core knows us; undefined where the listener has an address of its own. */
  get #host(): string | undefined {
    return this.#environment.msrp.anywhere ? this.account.localAddress : undefined;
  }

  #changed(view: Account["view"]): void {
    const { id } = this.account;
    // A merge patch adds to what is there; members that no longer hold are taken out first.
    const gone = { expiresAt: null, identities: null, reason: null, retryAt: null };
    this.#holder.patch({ accounts: { [id]: { ...gone, ...view } } });
    const { state, expiresAt, reason } = view;
    const event: AgentEvent = {
      event: "registration",
      account: id,
      state,
      ...(expiresAt !== undefined && { expiresAt }),
      ...(reason !== undefined && { reason }),
    };
    // Steps that look alike from outside (connecting, then registering) are one event.
    const told = JSON.stringify(event);
    if (told !== this.#told) this.#holder.publish(event);
    this.#told = told;
  }

  #relayOf({ msrpRelay, aor, user, password = "" }: AccountOptions): RelayClient | undefined {
    if (msrpRelay === undefined) return undefined;
    const { msrp: endpoint, clock, log } = this.#environment;
    const { id } = this.account;
    const changed = ({ state, reason, retryIn }: RelayView): void => {
      const retryAt = retryIn === undefined ? null : new Date(clock.now() + retryIn).toISOString();
      this.#holder.patch({ accounts: { [id]: { relay: { state, reason: reason ?? null, retryAt } } } });
      this.#holder.publish({ event: "relay", account: id, state, ...(reason !== undefined && { reason }) });
    };
    const credentials = { user: user ?? parseSipUri(aor).user ?? "", password };
    return new RelayClient({ ...credentials, ...msrpRelay }, { endpoint, clock, log, changed });
  }
}

/** What a SIM has taken stays taken over a restart (TS 33.102 §6.3.3): an old challenge is never new again. */
function withSequence(options: AccountOptions, store: Store): AccountOptions {
  if (options.aka === undefined) return options;
  const key = `sqn ${options.aor}`;
  const stored = z.string().safeParse(store.getSetting(key)).data ?? "";
  const given = options.aka.sqn ?? "000000000000";
  const sqn = stored > given.toLowerCase() ? stored : given;
  return { ...options, aka: { ...options.aka, sqn, taken: (taken) => store.setSetting(key, taken) } };
}

/** `urn:uuid:` of this installation (RFC 5626 §4.1): the same after a restart. */
function instanceOf(store: Store): string {
  const stored = z.uuid().safeParse(store.getSetting("instance"));
  if (stored.success) return `urn:uuid:${stored.data}`;
  const made = newUuid();
  store.setSetting("instance", made);
  return `urn:uuid:${made}`;
}
