/** Above the list: where one is, search, and filters. */
import type { ReactNode } from "react";
import type { ItemKind } from "../state/items.ts";
import { useLanguage } from "../state/preferences.ts";
import "./inbox-head.css";

export interface InboxHeadProps {
  readonly children: ReactNode;
  readonly words: string;
  readonly kind: ItemKind | undefined;
  readonly onWords: (words: string) => void;
  readonly onKind: (kind: ItemKind | undefined) => void;
}

export function InboxHead({ children, words, kind, onWords, onKind }: InboxHeadProps) {
  const { w } = useLanguage();
  const chips: readonly (readonly [ItemKind | undefined, string])[] = [
    [undefined, w.inbox.all],
    ["file", w.inbox.files],
    ["message", w.inbox.messages],
    ["link", w.inbox.links],
  ];
  return (
    <div className="list-head">
      <h1 className="cut">{children}</h1>
      <input
        type="search"
        className="field inbox-search"
        aria-label={w.inbox.search}
        placeholder={w.inbox.search}
        maxLength={200}
        value={words}
        onChange={(event) => onWords(event.target.value)}
      />
      <fieldset className="chips" aria-label={w.inbox.filters}>
        {chips.map(([value, name]) => (
          <button key={name} type="button" className="chip" aria-pressed={kind === value} onClick={() => onKind(value)}>
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
