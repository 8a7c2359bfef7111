/** Where the navigation leads: glyph, and what is counted there. */
import { Activity, Download, Inbox, type LucideIcon, Package, Radio, Settings } from "lucide-react";
import { useAgent } from "../state/agent-store.ts";
import type { View } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { overallProgress } from "../state/selectors.ts";

export const GLYPHS: Readonly<Record<View, LucideIcon>> = {
  inbox: Inbox,
  offers: Package,
  transfers: Download,
  channels: Radio,
  activity: Activity,
  settings: Settings,
};

export interface Tally {
  /** What stands in the badge; 0 shows none. */
  readonly count: number;
  /** What a screen reader hears for it. */
  readonly words: string;
  /** Of everything that runs, for Transfers. */
  readonly percent?: number;
}

const NONE: Tally = { count: 0, words: "" };

/** What is to be told about a destination. */
export function useTally(view: View): Tally {
  const language = useLanguage();
  const { w } = language;
  const unread = useAgent(({ agent }) => agent?.counters.unread ?? 0);
  const open = useAgent(({ agent }) => Object.keys(agent?.offers ?? {}).length);
  const running = useAgent(({ agent }) => Object.keys(agent?.transfers ?? {}).length);
  const percent = useAgent(overallProgress) ?? 0;
  if (view === "inbox" && unread > 0) return { count: unread, words: language.count(w.nav.unread, unread) };
  if (view === "offers" && open > 0) return { count: open, words: language.count(w.nav.open, open) };
  if (view === "transfers" && running > 0) {
    const values = { percent: language.percent(percent / 100) };
    return { count: running, percent, words: language.count(w.nav.running, running, values) };
  }
  return NONE;
}
