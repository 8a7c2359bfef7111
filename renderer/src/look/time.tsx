/** A time relative to now, with the absolute one on hover. */
import { HALF_MINUTE_MS, useNow } from "../state/now.ts";
import { useLanguage } from "../state/preferences.ts";

export interface TimeProps {
  readonly iso: string;
  /** In a row that stands under its day, the time of day is enough. */
  readonly inRow?: boolean;
}

export function Time({ iso, inRow = false }: TimeProps) {
  const language = useLanguage();
  const now = useNow(HALF_MINUTE_MS);
  return (
    <time dateTime={iso} title={language.absolute(iso)}>
      {inRow ? language.rowTime(iso, now) : language.when(iso, now)}
    </time>
  );
}
