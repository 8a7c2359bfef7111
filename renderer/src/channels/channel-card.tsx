/** One channel of the catalogue: what it is, what it sends and how, and where one stands with it. */
import type { Channel } from "@inlet/agent-core/contract";
import { useState } from "react";
import { Button } from "../look/button.tsx";
import { Time } from "../look/time.tsx";
import { useCommand } from "../state/commands.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { typeInWords } from "../words/format-type.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { Sentence } from "../words/sentence.tsx";
import { ChannelStatus } from "./channel-status.tsx";

const canSubscribe = ({ status }: Channel): boolean => status === "available" || status === "refused";

export function ChannelCard({ channel }: { readonly channel: Channel }) {
  const { w, list } = useLanguage();
  const run = useCommand();
  const [asking, setAsking] = useState(false);
  const { account, id, name, provider, description, categories, types, delivery, lastItemAt } = channel;
  const label = { name: displayLine(name) };
  const subscribing = canSubscribe(channel);

  const ask = async () => {
    setAsking(true);
    await run(subscribing ? "channels.subscribe" : "channels.unsubscribe", { account, channel: id });
    setAsking(false);
  };

  return (
    <li className="channel-card">
      <div className="channel-head">
        <h3>
          <Outside text={name} />
        </h3>
        {provider !== undefined && (
          <p className="small quiet">
            <Sentence of={w.channels.by} values={{ provider: <Outside text={provider} /> }} />
          </p>
        )}
      </div>
      <div>
        <ChannelStatus channel={channel} />
      </div>
      {description !== undefined && (
        <p className="channel-description">
          <Outside text={description} />
        </p>
      )}
      {categories.length > 0 && (
        <p className="channel-tags">
          {categories.map((category) => (
            <Outside key={category} className="tag" text={category} />
          ))}
        </p>
      )}
      <dl className="channel-facts small">
        {types.length > 0 && (
          <div>
            <dt className="quiet">{w.channels.types}</dt>
            <dd>
              <Outside text={list(types.map((type) => typeInWords(type, w)))} />
            </dd>
          </div>
        )}
        {delivery.length > 0 && (
          <div>
            <dt className="quiet">{w.channels.delivery}</dt>
            <dd>
              <Outside text={list(delivery)} />
            </dd>
          </div>
        )}
      </dl>
      {lastItemAt !== undefined && (
        <p className="small quiet">
          <Sentence of={w.channels.last} values={{ time: <Time iso={lastItemAt} /> }} />
        </p>
      )}
      <div className="channel-actions">
        <Button
          look={subscribing ? "primary" : "plain"}
          unavailable={asking}
          label={fill(subscribing ? w.channels.subscribeNamed : w.channels.unsubscribeNamed, label)}
          onPress={() => void ask()}
        >
          {subscribing ? w.channels.subscribe : w.channels.unsubscribe}
        </Button>
        <a
          className="button button-quiet"
          href={formatPlace({ view: "inbox", within: { account, channel: id } })}
          aria-label={fill(w.channels.showNamed, label)}
        >
          {w.channels.show}
        </a>
      </div>
    </li>
  );
}
