/** List and detail side by side; where there is no room, one at a time with a way back. */
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Button } from "../look/button.tsx";
import { go, type Place, withoutSelection } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { Boundary } from "./boundary.tsx";
import { useNarrow } from "./use-media.ts";
import "./two-pane.css";

export interface TwoPaneProps {
  readonly place: Place;
  readonly list: ReactNode;
  readonly detail: ReactNode;
}

export function TwoPane({ place, list, detail }: TwoPaneProps) {
  const { w } = useLanguage();
  const narrow = useNarrow();
  const detailPane = useRef<HTMLElement>(null);
  const listPane = useRef<HTMLDivElement>(null);
  const { selected } = place;
  const before = useRef<string>(undefined);

  // One pane goes out of sight and the focus with it: it follows to the other.
  useEffect(() => {
    if (narrow && selected !== before.current) {
      if (selected !== undefined) detailPane.current?.focus();
      else listPane.current?.querySelector<HTMLElement>(".row[tabindex='0']")?.focus();
    }
    before.current = selected;
  }, [narrow, selected]);

  return (
    <div className="two-pane" data-open={selected !== undefined}>
      <div className="two-pane-list" ref={listPane}>
        {list}
      </div>
      <section className="two-pane-detail" aria-label={w.app.details} ref={detailPane} tabIndex={-1}>
        {narrow && selected !== undefined && (
          <div className="two-pane-back">
            <h1 className="heard">{w.nav[place.view]}</h1>
            <Button look="quiet" icon={ArrowLeft} onPress={() => go(withoutSelection(place))}>
              {w.app.back}
            </Button>
          </div>
        )}
        <Boundary key={selected}>{detail}</Boundary>
      </section>
    </div>
  );
}
