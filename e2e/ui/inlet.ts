/** A running Inlet with a window of either kind, as the specs see it. */
import type { Page } from "@playwright/test";

export interface Inlet {
  /** Its data folder. */
  readonly home: string;
  /** Where finished files go. */
  readonly received: string;
  /** The page of its window, connected or connecting. */
  open(): Promise<Page>;
  /** Ends it as a person would; its exit code. */
  stop(): Promise<number | null>;
  remove(): Promise<void>;
}
