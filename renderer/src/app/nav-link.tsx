/** One destination, with its glyph (for running transfers the ring) and its count. */
import { formatPlace, usePlace, type View } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { GLYPHS, useTally } from "./destinations.ts";
import { ProgressRing } from "./progress-ring.tsx";

export interface NavLinkProps {
  readonly view: View;
  /** Whether the name is to be read beside the glyph, or only heard. */
  readonly named: boolean;
}

export function NavLink({ view, named }: NavLinkProps) {
  const { w, number } = useLanguage();
  const here = usePlace((place) => place.view === view && place.within === undefined);
  const { count, words, percent } = useTally(view);
  const Glyph = GLYPHS[view];
  return (
    <a
      className="nav-link"
      href={formatPlace({ view })}
      aria-current={here ? "page" : undefined}
      title={named ? undefined : w.nav[view]}
    >
      {percent === undefined ? <Glyph size={20} strokeWidth={1.5} aria-hidden /> : <ProgressRing percent={percent} />}
      <span className={named ? "nav-link-name cut" : "heard"}>{w.nav[view]}</span>
      {count > 0 && (
        <>
          <span className="nav-link-count" aria-hidden>
            {count > 999 ? "999+" : number(count)}
          </span>
          <span className="heard">{words}</span>
        </>
      )}
    </a>
  );
}
