/**
 * How the Push Sender Agent's files leave: over connections that it opens, from where nobody need reach it; also over those that
 * receivers open, where it listens (RFC 6135); or through its relays (RFC 4976), which then connect for it.
 */
import { type Clock, InletError, type Log } from "@inlet/agent-core/kernel";
import {
  type AwaitedReceiver,
  type Identity,
  type OutboundMessage,
  RelayClient,
  type RelayOptions,
  type RelayView,
  SendConnection,
  SendListener,
  senderPath,
} from "@inlet/agent-core/msrp";
import type { Setup } from "@inlet/agent-core/wire";

/** Files go over TLS. */
export interface Encryption {
  /** Whose certificate is shown; its fingerprint stands in the offer. */
  readonly identity: Identity;
  /** PEM of authorities that vouch for relays, and for receivers without a fingerprint, instead of the system's. */
  readonly ca?: string | undefined;
}

export interface SenderMediaOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly encryption?: Encryption | undefined;
  /** Receivers may connect here; host `0.0.0.0` or `::` is every address. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly relay?: RelayOptions | undefined;
}

export type SendingRelay = NonNullable<RelayClient<SendConnection>["link"]>;

/** One m-line of an offer. */
export interface LineMedia {
  /** For `a=path`; our own URI is the last. */
  readonly path: readonly string[];
  readonly setup: Setup;
  /** A receiver that connects. */
  readonly awaited?: AwaitedReceiver | undefined;
  readonly relay?: SendingRelay | undefined;
}

export class SenderMedia implements AsyncDisposable {
  readonly encryption: Encryption | undefined;
  /** Under way on any connection. */
  readonly messages = new Set<OutboundMessage>();
  #host: string | undefined;
  #listener: SendListener | undefined;
  #relay: RelayClient<SendConnection> | undefined;
  #relays: readonly string[] = [];
  #view = Promise.withResolvers<RelayView>();

  /** That opens connections, and nothing else. */
  constructor(options: Omit<SenderMediaOptions, "listen" | "relay">) {
    this.encryption = options.encryption;
  }

  /** Fails with INLET_MSRP_*, INLET_AUTH_* where it cannot listen, or the relays do not take it. */
  static async open(options: SenderMediaOptions): Promise<SenderMedia> {
    const media = new SenderMedia(options);
    const { listen, relay, clock, log, encryption } = options;
    try {
      if (listen !== undefined) {
        if (listen.host !== "0.0.0.0" && listen.host !== "::") media.#host = listen.host;
        media.#listener = await SendListener.listen({
          ...{ clock, log, messages: media.messages },
          ...{ ...listen, identity: encryption?.identity, ca: encryption?.ca },
        });
      }
      if (relay !== undefined) {
        media.#relays = relay.relays;
        media.#relay = new RelayClient(relay, {
          ...{ clock, log },
          endpoint: {
            open: (place, server) =>
              SendConnection.open({
                ...{ place, server, clock, log, messages: media.messages },
                secure: server === undefined ? undefined : media.#secure(),
              }),
            ownUri: (secure) => senderPath("localhost.invalid", secure),
          },
          changed: (view) => media.#view.resolve(view),
        });
        await media.ready();
      }
      return media;
    } catch (error) {
      await media[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Files can leave: where there are relays, they have granted a path. Fails as they do. */
  async ready(): Promise<void> {
    const relay = this.#relay;
    while (relay !== undefined && relay.link === undefined) {
      this.#view = Promise.withResolvers();
      relay.retry();
      const { state, reason } = await this.#view.promise;
      if (reason !== undefined && state !== "connecting") {
        throw new InletError(reason.code, this.#relays[0]);
      }
    }
  }

  /** `host`: our address as the core sees it. */
  line(host: string): LineMedia {
    const relay = this.#relay?.link;
    const secure = this.encryption !== undefined;
    if (relay !== undefined) return { path: [...relay.path, senderPath(host, secure)], setup: "active", relay };
    const awaited = this.#listener?.expect(this.#host ?? host);
    return awaited === undefined
      ? { path: [senderPath(host, secure)], setup: "active" }
      : { path: [awaited.path], setup: "actpass", awaited };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#relay?.link?.connection;
    this.#relay?.[Symbol.dispose]();
    await connection?.close();
    await this.#listener?.[Symbol.asyncDispose]();
  }

  #secure() {
    if (this.encryption === undefined) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "no TLS");
    return { ...this.encryption, fingerprints: [] };
  }
}
