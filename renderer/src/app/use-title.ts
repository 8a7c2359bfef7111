/** The window's title: where one is, and how much is unread. Never words from outside. */
import { useEffect } from "react";
import { useAgent } from "../state/agent-store.ts";
import { usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";

export function useTitle(): void {
  const { w, number } = useLanguage();
  const view = usePlace((place) => place.view);
  const waiting = useAgent(({ agent }) =>
    agent === undefined ? 0 : agent.counters.unread + Object.keys(agent.offers).length,
  );
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${number(waiting)}) ` : ""}${w.nav[view]} – ${w.app.name}`;
  }, [waiting, view, w, number]);
}
