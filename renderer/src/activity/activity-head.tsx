/** Above both lists of Activity: which of the two, and what it is. */
import { type ReactNode, useId } from "react";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import "./protocol.css";

export interface ActivityHeadProps {
  readonly protocol: boolean;
  readonly children?: ReactNode;
}

export function ActivityHead({ protocol, children }: ActivityHeadProps) {
  const { w } = useLanguage();
  const title = useId();
  return (
    <div className="list-head">
      <h1 id={title}>{w.nav.activity}</h1>
      <nav className="chips" aria-labelledby={title}>
        <a
          className="chip chip-link"
          href={formatPlace({ view: "activity" })}
          aria-current={protocol ? undefined : "page"}
        >
          {w.nav.offers}
        </a>
        <a
          className="chip chip-link"
          href={formatPlace({ view: "activity", protocol: true })}
          aria-current={protocol ? "page" : undefined}
        >
          {w.protocol.title}
        </a>
      </nav>
      <p className="small quiet">{protocol ? w.protocol.intro : w.activity.intro}</p>
      {children}
    </div>
  );
}
