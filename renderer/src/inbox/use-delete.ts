/** Deleting an item, with the way back. */
import type { Item } from "@inlet/agent-core/contract";
import { useCallback } from "react";
import { told, useCarrier } from "../state/commands.ts";
import { items } from "../state/items.ts";
import { notify, say } from "../state/notices.ts";
import { go, usePlace, withoutSelection } from "../state/place.ts";
import { currentLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { displayLine } from "../words/outside-text.ts";

const isNewer = (item: Item, other: Item): boolean => item.receivedAt >= other.receivedAt;

export function useDelete(): (item: Item) => void {
  const carrier = useCarrier();
  return useCallback(
    (item: Item) => {
      const name = displayLine(item.name);
      const restore = async () => {
        if ((await told(carrier.request("items.restore", { id: item.id }))) === undefined) return;
        items.insert(item, isNewer);
        say(fill(currentLanguage().w.item.restored, { name }));
      };
      const remove = async () => {
        if ((await told(carrier.request("items.delete", { id: item.id }))) === undefined) return;
        items.remove(item.id);
        const place = usePlace.getState();
        if (place.selected === item.id) go(withoutSelection(place));
        const { w } = currentLanguage();
        const action = { label: w.item.undo, run: () => void restore() };
        notify({ tone: "info", text: fill(w.item.deleted, { name }), action });
      };
      void remove();
    },
    [carrier],
  );
}
