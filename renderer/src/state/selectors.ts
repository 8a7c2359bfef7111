/** Readings of the mirror that several views share. Each returns the same value until what it reads has changed. */
import type { Account, Channel, Offer } from "@inlet/agent-core/contract";
import { channelKey } from "@inlet/agent-core/contract";
import { useShallow } from "zustand/react/shallow";
import { type AgentMirror, useAgent } from "./agent-store.ts";

export const useAccounts = (): readonly Account[] =>
  useAgent(useShallow((mirror) => Object.values(mirror.agent?.accounts ?? {})));

/** Newest first. */
export const useOpenOffers = (): readonly Offer[] =>
  useAgent(
    useShallow((mirror) =>
      Object.values(mirror.agent?.offers ?? {}).sort((a, b) => b.receivedAt.localeCompare(a.receivedAt)),
    ),
  );

/** Keys only: a row reads its own transfer. Oldest first. */
export const useTransferKeys = (): readonly string[] =>
  useAgent(
    useShallow((mirror) =>
      Object.entries(mirror.agent?.transfers ?? {})
        .sort(([, a], [, b]) => a.startedAt.localeCompare(b.startedAt) || a.index - b.index)
        .map(([key]) => key),
    ),
  );

/** By name. */
export const useChannels = (): readonly Channel[] =>
  useAgent(
    useShallow((mirror) =>
      Object.values(mirror.agent?.channels ?? {}).sort(
        (a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id),
      ),
    ),
  );

/** What to call a channel; its id when nothing is known of it. */
export const useChannelName = (account: string, channel: string | undefined): string | undefined =>
  useAgent((mirror) =>
    channel === undefined ? undefined : (mirror.agent?.channels[channelKey(account, channel)]?.name ?? channel),
  );

/** How much of everything that runs has come, in whole hundredths; `undefined` when nothing runs. */
export const overallProgress = ({ agent }: AgentMirror): number | undefined => {
  const transfers = Object.values(agent?.transfers ?? {});
  if (transfers.length === 0) return undefined;
  let received = 0;
  let size = 0;
  for (const transfer of transfers) {
    received += transfer.received;
    size += transfer.size ?? transfer.received;
  }
  return size === 0 ? 0 : Math.min(100, Math.floor((received / size) * 100));
};
