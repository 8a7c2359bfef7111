/** A channel as its provider describes it (docs/channels.md), and how it looks in one person's list. */
import { InletError } from "@inlet/agent-core/kernel";
import type { Channel, ChannelStatus } from "@inlet/agent-core/wire";
import { CHANNEL_PREFIX } from "./routing.ts";

export interface ChannelDefinition {
  /** Letters, digits, "-" and "." only: it is a user part too. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly provider?: string;
  readonly categories?: readonly string[];
  readonly contentTypes?: readonly string[];
  /** Users who may subscribe to it. Default: everyone. */
  readonly members?: readonly string[];
}

export const channelUri = (id: string, domain: string): string => `sip:${CHANNEL_PREFIX}${id}@${domain}`;

/** INLET_PROVIDER_SETUP where an id is no user part or stands twice. */
export function channelsById(channels: readonly ChannelDefinition[]): ReadonlyMap<string, ChannelDefinition> {
  const byId = new Map<string, ChannelDefinition>();
  for (const channel of channels) {
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(channel.id) || byId.has(channel.id)) {
      throw new InletError("INLET_PROVIDER_SETUP", `channel ${channel.id}`);
    }
    byId.set(channel.id, channel);
  }
  return byId;
}

export function listedChannel(channel: ChannelDefinition, domain: string, status: ChannelStatus): Channel {
  const { id, name, description, provider, categories = [], contentTypes = [] } = channel;
  return {
    id,
    uri: channelUri(id, domain),
    status,
    name,
    ...(description !== undefined && { description }),
    ...(provider !== undefined && { provider }),
    categories,
    contentTypes,
    delivery: ["push"],
  };
}
