/**
 * One channel as the person sees it (docs/channels.md): what the provider's list says, and what the person has asked for
 * since. Pure.
 *
 *   available ──ask──▶ requested ──list says subscribed, or its invitation is accepted──▶ subscribed
 *       ▲                  │ refused: why                                                    │ leave
 *       └──────ask again── refused                                        available ◀────────┘
 */
import type { Channel } from "../contract/index.ts";
import type { Reason } from "../kernel/index.ts";
import type { Channel as ListedChannel } from "../wire/channel-list/index.ts";

export type Wish =
  | { readonly kind: "none" }
  | { readonly kind: "requested" }
  | { readonly kind: "refused"; readonly reason: Reason };

export interface ChannelEntry {
  readonly listed: ListedChannel;
  readonly wish: Wish;
}

/** A new list came. What it says settles a wish that it fulfils; any other wish stays. */
export function listed(entry: ChannelEntry | undefined, channel: ListedChannel): ChannelEntry {
  const wish = entry?.wish ?? { kind: "none" };
  return { listed: channel, wish: channel.status === "available" ? wish : { kind: "none" } };
}

export function channelView(entry: ChannelEntry, account: string, lastItemAt: string | undefined): Channel {
  const { listed: channel, wish } = entry;
  const own = wish.kind === "none" ? (channel.status === "removed" ? "available" : channel.status) : wish.kind;
  return {
    id: channel.id,
    account,
    name: channel.name,
    status: own,
    ...(channel.description !== undefined && { description: channel.description }),
    ...(channel.provider !== undefined && { provider: channel.provider }),
    categories: [...channel.categories],
    types: [...channel.contentTypes],
    delivery: [...channel.delivery],
    ...(wish.kind === "refused" && { reason: wish.reason }),
    ...(lastItemAt !== undefined && { lastItemAt }),
  };
}
