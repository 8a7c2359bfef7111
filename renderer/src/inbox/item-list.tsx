/** The items of the query, newest first. */
import type { Item } from "@inlet/agent-core/contract";
import { useCallback } from "react";
import { useStore } from "zustand";
import { DayList } from "../app/day-list.tsx";
import { ListFoot } from "../app/list-foot.tsx";
import { items } from "../state/items.ts";
import { formatPlace, type Place } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { ItemRow } from "./item-row.tsx";

const timeOf = (item: Item) => item.receivedAt;
const more = () => void items.more();

export interface ItemListProps {
  readonly place: Place;
  readonly onDelete: (item: Item) => void;
}

export function ItemList({ place, onDelete }: ItemListProps) {
  const { w } = useLanguage();
  const entries = useStore(items.store, (state) => state.entries);
  const status = useStore(items.store, (state) => state.status);
  const addressOf = useCallback((item: Item) => formatPlace({ ...place, selected: item.id }), [place]);
  return (
    <>
      <DayList
        label={w.inbox.list}
        entries={entries}
        timeOf={timeOf}
        addressOf={addressOf}
        selected={place.selected}
        onMore={more}
        onDelete={onDelete}
      >
        {(item) => <ItemRow item={item} />}
      </DayList>
      <ListFoot status={status} onRetry={() => void items.refresh()} />
    </>
  );
}
