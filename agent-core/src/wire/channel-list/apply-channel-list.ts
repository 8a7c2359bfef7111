/**
 * What is known of the channels after a list has come: a full one replaces, a partial one changes what it names if
 * it is the very next version. An older or equal version changes nothing; a gap asks for the full state again.
 */
import { LIMITS } from "../../kernel/index.ts";
import { xmlInvalid } from "../xml/index.ts";
import type { Channel, ChannelList } from "./channel-list.ts";

export interface ChannelListState {
  readonly version: number;
  readonly aor: string;
  /** By id, in the order of their first appearance. None of them is `removed`. */
  readonly channels: ReadonlyMap<string, Channel>;
}

/** @param current `undefined` at the beginning of a subscription: versions count within one. */
export function applyChannelList(
  current: ChannelListState | undefined,
  received: ChannelList,
): { readonly state: ChannelListState } | "gap" | "stale" {
  if (current !== undefined && received.version <= current.version) return "stale";
  const partial = received.state === "partial";
  if (partial && (current === undefined || received.version !== current.version + 1)) return "gap";
  const channels = new Map(partial ? current?.channels : []);
  for (const channel of received.channels) {
    if (channel.status === "removed") channels.delete(channel.id);
    else channels.set(channel.id, channel);
  }
  if (channels.size > LIMITS.channels) throw xmlInvalid("too many channels");
  return { state: { version: received.version, aor: received.aor, channels } };
}
