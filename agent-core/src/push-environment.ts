/** The agent around the push procedures: its settings and rules, its accounts, and how an item is recorded and told. */
import type { AgentOptions } from "./agent-options.ts";
import type { StateHolder } from "./agent-state.ts";
import type { Item } from "./contract/index.ts";
import { publicOrIn } from "./http/index.ts";
import { type Clock, descriptorShare, InletError, type Log } from "./kernel/index.ts";
import type { MsrpListener } from "./msrp/index.ts";
import { type Notes, type PushEnvironment, Receipts, type Rules, SenderRate, tidily, Underway } from "./push/index.ts";
import type { RunningAccount } from "./running-account.ts";
import type { Store } from "./store/index.ts";
import type { Trace } from "./trace/index.ts";
import type { Upkeep } from "./upkeep.ts";

export interface PushEnvironmentOptions extends Pick<PushEnvironment, "useFolder"> {
  readonly options: Pick<AgentOptions, "folder" | "acceptTypes" | "links">;
  readonly store: Store;
  readonly msrp: MsrpListener;
  readonly trace: Trace;
  readonly holder: StateHolder;
  readonly rules: Rules;
  readonly notes: Notes;
  readonly upkeep: Upkeep;
  readonly accounts: ReadonlyMap<string, RunningAccount>;
  readonly clock: Clock;
  readonly log: Log;
}

export function pushEnvironment(around: PushEnvironmentOptions): PushEnvironment {
  const { options, store, msrp, trace, holder, rules, notes, upkeep, accounts, clock, log, useFolder } = around;
  const { publish, patch } = holder;
  const reach = publicOrIn(options.links?.networks ?? []);
  const told = (item: Item): void => {
    const { read: _, receivedAt: __, acceptedBy: ___, rule: ____, ...news } = item;
    publish({ event: "item", ...news });
    upkeep.countSoon();
    const { channel, account } = item;
    if (channel !== undefined) tidily(log, () => accounts.get(account)?.channels.refresh());
  };
  return {
    ...{ notes, clock, log, store, publish, patch, msrp, useFolder, folder: options.folder },
    takenTypes: options.acceptTypes,
    rate: new SenderRate(clock),
    underway: new Underway(descriptorShare()),
    receipts: new Receipts({
      ...{ store, log },
      mode: () => holder.state.settings.receipts,
      now: () => clock.now(),
      send: async (account, to, body) => {
        const running = accounts.get(account);
        if (running === undefined) throw new InletError("INLET_ACCOUNT_UNKNOWN");
        return running.message(to, body);
      },
    }),
    acceptMode: () => holder.state.settings.accept,
    reach: (account) => accounts.get(account)?.reach ?? { behindNat: false },
    heldMode: () => holder.state.settings.held,
    rules: () => rules.list,
    quotas: () => holder.state.settings,
    links: {
      policy: () => ({
        plain: holder.state.settings.plainLinks,
        reach,
        ca: options.links?.ca,
      }),
      resolve: options.links?.resolve,
      trace: (account) => trace.sink(account),
    },
    channelOf: (account, request) => accounts.get(account)?.channelOf(request),
    addItem: async (item) => {
      const added = await store.addItemSoon(item);
      told(added);
      return added;
    },
    recordItem: (item, offerFile) => {
      notes.flush();
      store.addItem(item, { offerFile });
    },
    tellItem: (id, hashes) =>
      notes.write(() => {
        if (hashes !== undefined) store.setItemHashes(id, hashes);
        // The person may have deleted it meanwhile.
        const item = store.findItem(id);
        if (item !== undefined) told(item);
      }),
  };
}
