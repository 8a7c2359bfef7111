/** What each command of the contract does. */
import { changeSettings } from "./agent-settings.ts";
import type { StateHolder } from "./agent-state.ts";
import type { CommandHandlers } from "./commands.ts";
import type { OfferRecord } from "./contract/index.ts";
import { InletError, LIMITS } from "./kernel/index.ts";
import {
  discardAside,
  keepAside,
  type Offers,
  type PushEnvironment,
  type Rules,
  rehearse,
  withAside,
  withRule,
} from "./push/index.ts";
import type { RunningAccount } from "./running-account.ts";
import type { Store } from "./store/index.ts";
import type { Trace } from "./trace/index.ts";
import type { Upkeep } from "./upkeep.ts";

export interface HandlersOptions {
  readonly environment: PushEnvironment;
  readonly accounts: ReadonlyMap<string, RunningAccount>;
  readonly offers: Offers;
  readonly rules: Rules;
  readonly holder: StateHolder;
  readonly trace: Trace;
  readonly upkeep: Upkeep;
  stop(): Promise<void>;
}

export function handlersOf(options: HandlersOptions): CommandHandlers {
  const { environment, offers, rules, holder, trace, upkeep } = options;
  const { store, clock, receipts } = environment;
  const account = (id: string): RunningAccount => {
    const found = options.accounts.get(id);
    if (found === undefined) throw new InletError("INLET_ACCOUNT_UNKNOWN");
    return found;
  };
  return {
    "offers.decide": ({ offer, accept }) => {
      offers.decide(offer, accept);
      return {};
    },
    "offers.icon": ({ offer, index }) => {
      const { type, bytes } = offers.icon(offer, index);
      return { type, base64: Buffer.from(bytes).toString("base64") };
    },
    "offers.list": (page) => {
      const { offers: records, ...next } = store.listOffers(page);
      return { offers: records.map((record) => withAside(environment, record)), ...next };
    },
    "offers.keepAside": ({ offer, index }) => keepAside(environment, offer, index),
    "offers.discardAside": ({ offer, index }) => {
      discardAside(environment, offer, index);
      return {};
    },
    "transfers.cancel": ({ offer, index }) => {
      offers.cancelTransfer(offer, index);
      return {};
    },
    "channels.subscribe": async ({ account: id, channel }) => {
      await account(id).channels.subscribe(channel);
      return {};
    },
    "channels.unsubscribe": async ({ account: id, channel }) => {
      await account(id).channels.unsubscribe(channel);
      return {};
    },
    "items.list": (query) => store.listItems(query),
    "items.get": ({ id }) => store.getItem(id),
    "items.markRead": ({ ids, read }) => {
      store.markRead(ids, read);
      if (read) receipts.displayed(ids);
      upkeep.count();
      return {};
    },
    "items.delete": ({ id }) => {
      store.deleteItem(id);
      upkeep.count();
      return {};
    },
    "items.restore": ({ id }) => {
      store.restoreItem(id);
      upkeep.count();
      return {};
    },
    "accounts.reconnect": ({ account: id }) => {
      account(id).reconnect();
      return {};
    },
    "settings.set": (change) => {
      holder.patch({ settings: changeSettings(store, change) });
      return {};
    },
    "rules.save": ({ rule, at }) => {
      const id = rules.save(rule, at);
      holder.patch({ rules: rules.list });
      return { id };
    },
    "rules.delete": ({ id }) => {
      rules.delete(id);
      holder.patch({ rules: rules.list });
      return {};
    },
    "rules.rehearse": ({ rule: draft, at }) => {
      const rule = { ...draft, id: draft.id ?? "", enabled: true };
      const since = new Date(clock.now() - LIMITS.rehearsalAge).toISOString();
      const { accept } = holder.state.settings;
      return rehearse(rule, withRule(rules.list, rule, at), accept, history(store), since);
    },
    "trace.list": (query) => trace.list(query),
    "trace.get": ({ id }) => trace.get(id),
    quit: () => {
      // After the answer has gone out.
      setImmediate(() => void options.stop());
      return {};
    },
  };
}

/** Every offer, newest first, read as far as it is looked at. */
function* history(store: Store): Generator<OfferRecord> {
  for (let before: string | undefined; ; ) {
    const page = store.listOffers({ limit: LIMITS.page, before });
    yield* page.offers;
    if (page.next === undefined) return;
    before = page.next;
  }
}
