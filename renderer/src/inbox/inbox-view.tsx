/** The inbox: what arrived, of everyone or of one channel, and the item that is read. */
import { Inbox } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { TwoPane } from "../app/two-pane.tsx";
import { Empty } from "../look/empty.tsx";
import { OfferTray } from "../offers/offer-tray.tsx";
import { useCarrier } from "../state/commands.ts";
import { type ItemKind, items, openItems } from "../state/items.ts";
import { usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useChannelName } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { InboxHead } from "./inbox-head.tsx";
import { ItemDetail } from "./item-detail.tsx";
import { ItemList } from "./item-list.tsx";
import { NothingHere } from "./nothing-here.tsx";
import { useDelete } from "./use-delete.ts";

/** Typing is over when it has paused this long. */
const PAUSE_MS = 200;

export function InboxView() {
  const { w } = useLanguage();
  const carrier = useCarrier();
  const place = usePlace();
  const { within, selected } = place;
  const channelName = useChannelName(within?.account ?? "", within?.channel);
  const [words, setWords] = useState("");
  const [kind, setKind] = useState<ItemKind>();
  const [query, setQuery] = useState("");
  const { entries, status } = useStore(items.store);
  const remove = useDelete();

  useEffect(() => {
    const timer = setTimeout(() => setQuery(words.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [words]);

  const channel = within?.channel;
  useEffect(() => {
    void openItems(carrier, {
      ...(channel === undefined ? {} : { channel }),
      ...(kind === undefined ? {} : { kind }),
      query,
    });
  }, [carrier, channel, kind, query]);

  const clear = () => {
    setWords("");
    setQuery("");
    setKind(undefined);
  };
  const filtered = query !== "" || kind !== undefined;
  const list = (
    <>
      <InboxHead words={words} kind={kind} onWords={setWords} onKind={setKind}>
        {channelName === undefined ? w.nav.inbox : <Outside text={channelName} />}
      </InboxHead>
      <OfferTray />
      {entries.length === 0 && status === "ready" ? (
        <NothingHere why={filtered ? "search" : within === undefined ? "inbox" : "channel"} onClear={clear} />
      ) : (
        <ItemList place={place} onDelete={remove} />
      )}
    </>
  );
  const detail =
    selected === undefined ? (
      <Empty icon={Inbox} text={`${w.inbox.choose} ${w.inbox.chooseHint}`} />
    ) : (
      <ItemDetail key={selected} id={selected} onDelete={remove} />
    );
  return <TwoPane place={place} list={list} detail={detail} />;
}
