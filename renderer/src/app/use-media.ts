/** Whether a media query holds, for what CSS alone cannot arrange. */
import { useCallback, useSyncExternalStore } from "react";

function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", changed);
      return () => list.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** One pane at a time, navigation at the bottom. */
export const useNarrow = (): boolean => useMedia("(max-width: 719px)");
/** Room for two panes, but not for a wide rail beside them. */
export const useMedium = (): boolean => useMedia("(max-width: 1039px)");
