/** How long an offer still waits. Not read out by itself: it would never stop. */
import { Clock } from "lucide-react";
import { SECOND_MS, useNow } from "../state/now.ts";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";

/** Under this it is pressing. */
const SOON_MS = 30_000;

export function TimeLeft({ until }: { readonly until: string }) {
  const { w, duration, absolute } = useLanguage();
  const now = useNow(SECOND_MS);
  const left = Date.parse(until) - now;
  return (
    <time
      className={`mark small ${left < SOON_MS ? "tone-attention" : "quiet"}`}
      dateTime={until}
      title={absolute(until)}
    >
      <Clock size={14} strokeWidth={1.75} aria-hidden />
      {left <= 0 ? w.offers.ending : fill(w.offers.left, { time: duration(left) })}
    </time>
  );
}
