/**
 * The list of the middle pane: grouped by day, only the rows in sight exist. One row is in the tab order; ↑↓, Home and
 * End move, Enter follows the row's link.
 */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { HALF_MINUTE_MS, useNow } from "../state/now.ts";
import { useLanguage, usePreferences } from "../state/preferences.ts";
import { groupByDay } from "./group-by-day.ts";
import "./day-list.css";

const DAY_HEIGHT = 36;
const ROW_HEIGHT = { comfortable: 56, compact: 40 } as const;
/** So many rows before the end the next page is asked for. */
const AHEAD = 20;

export interface DayListProps<T> {
  readonly label: string;
  readonly entries: readonly T[];
  readonly timeOf: (entry: T) => string;
  readonly addressOf: (entry: T) => string;
  readonly selected: string | undefined;
  readonly onMore: () => void;
  readonly onDelete?: (entry: T) => void;
  readonly children: (entry: T) => ReactNode;
}

export function DayList<T extends { readonly id: string }>(props: DayListProps<T>) {
  const { label, entries, timeOf, addressOf, selected, onMore, onDelete, children } = props;
  const language = useLanguage();
  const now = useNow(HALF_MINUTE_MS);
  const rowHeight = ROW_HEIGHT[usePreferences((chosen) => chosen.density)];
  const rows = useMemo(() => groupByDay(entries, timeOf), [entries, timeOf]);
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string>();
  const wanted = useRef<string>(undefined);

  const indexOf = (id: string | undefined) => rows.findIndex((row) => row.kind === "entry" && row.key === id);
  const known = Math.max(indexOf(chosen), -1);
  const active = known !== -1 ? known : Math.max(indexOf(selected), rows.length > 1 ? 1 : 0);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "day" ? DAY_HEIGHT : rowHeight),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 10,
    // The row in the tab order always exists.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), active])].sort((a, b) => a - b),
  });
  const shown = virtualizer.getVirtualItems();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height of a row is what the sizes come from
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight, rows]);

  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onMore();
  }, [last, rows.length, onMore]);

  useEffect(() => {
    if (wanted.current === undefined) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (row) {
      wanted.current = undefined;
      row.focus();
    }
  });

  const moveTo = (from: number, step: 1 | -1) => {
    for (let index = from; index >= 0 && index < rows.length; index += step) {
      const row = rows[index];
      if (row?.kind !== "entry") continue;
      wanted.current = row.key;
      setChosen(row.key);
      virtualizer.scrollToIndex(row.position === 0 ? 0 : index, { align: row.position === 0 ? "start" : "auto" });
      return;
    }
  };

  const onKeyDown = (event: KeyboardEvent, index: number, entry: T) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") moveTo(index + 1, 1);
    else if (event.key === "ArrowUp") moveTo(index - 1, -1);
    else if (event.key === "Home") moveTo(0, 1);
    else if (event.key === "End") moveTo(rows.length - 1, -1);
    else if (event.key === "Delete" && onDelete !== undefined) {
      moveTo(index + 1, 1);
      onDelete(entry);
    } else return;
    event.preventDefault();
  };

  return (
    <div className="day-list" ref={scroller}>
      <ul aria-label={label} style={{ blockSize: virtualizer.getTotalSize() }}>
        {shown.map(({ index, key, start, size }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const place = { transform: `translateY(${start}px)`, blockSize: size };
          if (row.kind === "day") {
            return (
              <li key={key} className="day-list-day" style={place}>
                <h2>{language.day(row.iso, now)}</h2>
              </li>
            );
          }
          const { entry } = row;
          return (
            <li key={key} className="day-list-entry" style={place}>
              <a
                className="row"
                href={addressOf(entry)}
                data-row={entry.id}
                tabIndex={index === active ? 0 : -1}
                aria-current={entry.id === selected || undefined}
                onFocus={() => setChosen(entry.id)}
                onKeyDown={(event) => onKeyDown(event, index, entry)}
              >
                {children(entry)}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
