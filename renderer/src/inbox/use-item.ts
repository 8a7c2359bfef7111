/** The item with an id: out of the list where it stands there, else asked for. Being looked at makes it read. */
import type { Item } from "@inlet/agent-core/contract";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { useCarrier, useCommand } from "../state/commands.ts";
import { items } from "../state/items.ts";

export interface ReadItem {
  readonly item: Item | undefined;
  readonly gone: boolean;
  readonly markRead: (read: boolean) => void;
}

export function useItem(id: string): ReadItem {
  const carrier = useCarrier();
  const run = useCommand();
  const listed = useStore(items.store, ({ entries }) => entries.find((entry) => entry.id === id));
  const [fetched, setFetched] = useState<Item>();
  const [gone, setGone] = useState(false);
  const item = listed ?? fetched;
  const isListed = listed !== undefined;

  useEffect(() => {
    if (isListed) return;
    let current = true;
    carrier.request("items.get", { id }).then(
      (answer) => {
        if (current) setFetched(answer);
      },
      () => {
        if (current) setGone(true);
      },
    );
    return () => {
      current = false;
    };
  }, [carrier, id, isListed]);

  const markRead = (read: boolean) => {
    items.update(id, (entry) => ({ ...entry, read }));
    setFetched((known) => known && { ...known, read });
    void run("items.markRead", { ids: [id], read });
  };

  const known = item !== undefined;
  // Once, when it comes into sight: who marks it unread again means it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (known && !item.read) markRead(true);
  }, [known]);

  return { item, gone: gone && !known, markRead };
}
