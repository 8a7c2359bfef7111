/** The time, for what is shown relative to it. Changes with the step that the reader asks for, not oftener. */
import { useCallback, useSyncExternalStore } from "react";

export function useNow(stepMs: number): number {
  const subscribe = useCallback(
    (changed: () => void) => {
      const timer = setInterval(changed, stepMs);
      return () => clearInterval(timer);
    },
    [stepMs],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / stepMs) * stepMs);
}

export const SECOND_MS = 1_000;
/** For `5 min ago`. */
export const HALF_MINUTE_MS = 30_000;
