/**
 * The DCD server's channels (docs/channels.md), on SIP: the list by SUBSCRIBE, subscribing by REFER to the channel, which
 * answers with an invitation, leaving by BYE of that session or by REFER with method=BYE. Who has which channel is
 * kept by address of record, so that it outlives connections and restarts of the client.
 */
import { type Clock, InletError, type Log, randomToken } from "@inlet/agent-core/kernel";
import { senderPath } from "@inlet/agent-core/msrp";
import type { IncomingRefer, IncomingRequest, InviteSession, UserAgentHandlers } from "@inlet/agent-core/sip";
import type { Channel } from "@inlet/agent-core/wire";
import {
  addressOfRecord,
  fromOf,
  headerValue,
  headerValues,
  isSipUri,
  parseNameAddr,
  quote,
  type SipRequest,
} from "@inlet/agent-core/wire/sip";
import { type ChannelDefinition, channelUri, listedChannel } from "./channel-definition.ts";
import { ChannelListWatcher } from "./channel-list-watcher.ts";
import type { ConnectedAgent } from "./connected-agent.ts";
import { inviteReceiver } from "./invite-receiver.ts";
import { formatOfferBody } from "./offer-body.ts";
import { PUSH_SERVICE } from "./push-files.ts";
import { userOf } from "./registrar.ts";
import { CHANNEL_PREFIX } from "./routing.ts";

export interface ChannelServerOptions {
  readonly domain: string;
  readonly channels: ReadonlyMap<string, ChannelDefinition>;
  readonly log: Log;
  readonly clock: Clock;
  /** The service's connection as it is now. */
  agent(): ConnectedAgent | undefined;
  /** An invitation was accepted. */
  subscribed(aor: string, channel: ChannelDefinition): void;
}

/** Accept-Contact of everything that comes from a channel (docs/channels.md). */
export const channelTag = (id: string): string => `*;+g.oma.dcd.channel=${quote(id)}`;

export class ChannelServer {
  readonly #options: ChannelServerOptions;
  readonly #watchers = new Map<string, Set<ChannelListWatcher>>();
  /** By address of record and channel; the session is gone when it ended without anybody's wish. */
  readonly #subscriptions = new Map<string, Map<string, InviteSession | undefined>>();
  readonly #stopping = new AbortController();
  readonly #inviting = new Set<Promise<void>>();

  constructor(options: ChannelServerOptions) {
    this.#options = options;
  }

  readonly handlers: UserAgentHandlers = {
    requests: { SUBSCRIBE: (request) => this.#watch(request) },
    refer: (refer) => this.#refer(refer),
  };

  /** Who has the channel. */
  subscribers(id: string): string[] {
    return [...this.#subscriptions].filter(([, channels]) => channels.has(id)).map(([aor]) => aor);
  }

  has(aor: string, id: string): boolean {
    return this.#subscriptions.get(aor)?.has(id) === true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const watchers of this.#watchers.values()) for (const watcher of [...watchers]) watcher.stop();
    for (const channels of this.#subscriptions.values()) for (const session of channels.values()) session?.bye();
    this.#subscriptions.clear();
    await Promise.all(this.#inviting);
  }

  #watch(subscribe: IncomingRequest): void {
    const agent = this.#options.agent();
    const event = headerValue(subscribe.request, "event")?.split(";")[0]?.trim().toLowerCase();
    if (event !== "dcd-channels" || agent === undefined) {
      subscribe.respond(489, { headers: [{ name: "allow-events", value: "dcd-channels" }] });
      return;
    }
    const aor = senderOf(subscribe.request);
    const watchers = this.#watchers.get(aor) ?? new Set();
    this.#watchers.set(aor, watchers);
    // It may end while it is being made, with Expires 0.
    let ended = false;
    const watcher: ChannelListWatcher = new ChannelListWatcher({
      userAgent: agent.userAgent,
      subscribe,
      aor,
      clock: this.#options.clock,
      channels: () => this.#list(aor),
      ended: () => {
        ended = true;
        watchers.delete(watcher);
      },
    });
    if (!ended) watchers.add(watcher);
  }

  #list(aor: string): ReadonlyMap<string, Channel> {
    const { channels, domain } = this.#options;
    return new Map(
      [...channels.values()].map((channel) => [
        channel.id,
        listedChannel(channel, domain, this.has(aor, channel.id) ? "subscribed" : "available"),
      ]),
    );
  }

  #refer(refer: IncomingRefer): void {
    const { request, to } = refer;
    const aor = senderOf(request);
    const id = userOf(request.requestUri, this.#options.domain)?.slice(CHANNEL_PREFIX.length);
    const channel = this.#options.channels.get(id ?? "");
    if (channel === undefined) refer.reject(404);
    else if (!isSipUri(to.uri)) refer.reject(400);
    else if (addressOfRecord(to.uri) !== aor) refer.reject(403, { reasonPhrase: "Only for yourself" });
    else if (to.method === "BYE") {
      const progress = refer.accept();
      this.#leave(aor, channel.id);
      progress.tell(200);
    } else if (!isMember(channel, aor)) refer.reject(403, { reasonPhrase: "Not a member" });
    else this.#join(refer, aor, channel);
  }

  #join(refer: IncomingRefer, aor: string, channel: ChannelDefinition): void {
    const agent = this.#options.agent();
    if (agent === undefined) {
      refer.reject(480);
      return;
    }
    const progress = refer.accept();
    const inviting = this.#invite(agent, aor, channel)
      .then((status) => progress.tell(status))
      .finally(() => this.#inviting.delete(inviting));
    this.#inviting.add(inviting);
  }

  /** The invitation that stands for the subscription; its final status. Never fails. */
  async #invite(agent: ConnectedAgent, aor: string, channel: ChannelDefinition): Promise<number> {
    const { clock, domain, log } = this.#options;
    try {
      const result = await inviteReceiver(agent, {
        to: aor,
        from: { uri: channelUri(channel.id, domain), displayName: channel.name },
        acceptContact: [PUSH_SERVICE, channelTag(channel.id)],
        body: formatOfferBody(
          {
            host: agent.host,
            session: clock.now(),
            version: 1,
            lines: [{ path: [senderPath(agent.host)], transferId: randomToken(96), closed: false }],
          },
          randomToken(160),
        ),
        clock,
        signal: this.#stopping.signal,
      });
      if (result.accepted) this.#joined(aor, channel, result.session);
      return result.response.status;
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      log("info", "provider.channel.invitation.failed", { channel: channel.id, code: error.code });
      return 480;
    }
  }

  #joined(aor: string, channel: ChannelDefinition, session: InviteSession): void {
    const channels = this.#subscriptions.get(aor) ?? new Map<string, InviteSession | undefined>();
    this.#subscriptions.set(aor, channels);
    channels.get(channel.id)?.bye();
    channels.set(channel.id, session);
    session.handle({
      ended: (how) => {
        if (channels.get(channel.id) !== session) return;
        if (how === "bye") this.#leave(aor, channel.id);
        else channels.set(channel.id, undefined);
      },
    });
    this.#tell(aor, channel.id);
    this.#options.subscribed(aor, channel);
  }

  #leave(aor: string, id: string): void {
    const channels = this.#subscriptions.get(aor);
    if (channels?.has(id) !== true) return;
    const session = channels.get(id);
    channels.delete(id);
    session?.bye();
    this.#tell(aor, id);
  }

  #tell(aor: string, id: string): void {
    for (const watcher of this.#watchers.get(aor) ?? []) watcher.changed(id);
  }
}

/** Whose request it is: the proxy before us asserts it (RFC 3325), and nobody else can reach us. */
function senderOf(request: SipRequest): string {
  const [asserted] = headerValues(request, "p-asserted-identity");
  const { uri } = asserted === undefined ? fromOf(request) : parseNameAddr(asserted, "P-Asserted-Identity");
  return isSipUri(uri) ? addressOfRecord(uri) : "";
}

function isMember(channel: ChannelDefinition, aor: string): boolean {
  const user = /^sips?:([^@]*)@/.exec(aor)?.[1];
  return channel.members === undefined || (user !== undefined && channel.members.includes(user));
}
