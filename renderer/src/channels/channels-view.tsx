/** The catalogue: every channel that the accounts' providers offer. */
import { channelKey } from "@inlet/agent-core/contract";
import { Radio } from "lucide-react";
import { Empty } from "../look/empty.tsx";
import { useLanguage } from "../state/preferences.ts";
import { useAccounts, useChannels } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";
import { ChannelCard } from "./channel-card.tsx";
import "./channels.css";

export function ChannelsView() {
  const { w } = useLanguage();
  const channels = useChannels();
  const accounts = useAccounts();
  const groups = accounts
    .map(({ id }) => ({ id, channels: channels.filter(({ account }) => account === id) }))
    .filter((group) => group.channels.length > 0);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{w.nav.channels}</h1>
      </div>
      {groups.length === 0 && <Empty icon={Radio} title={w.channels.emptyTitle} text={w.channels.emptyText} />}
      {groups.map((group) => (
        <section key={group.id} className="channel-group" aria-label={addressOf(group.id)}>
          <h2 className={groups.length > 1 ? "channel-account" : "heard"}>
            <Outside text={addressOf(group.id)} />
          </h2>
          <ul className="channel-cards">
            {group.channels.map((channel) => (
              <ChannelCard key={channelKey(channel.account, channel.id)} channel={channel} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
