/** The navigation where there is no room for a rail. */
import { VIEWS } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { NavLink } from "./nav-link.tsx";
import "./bottom-bar.css";

export function BottomBar() {
  const { w } = useLanguage();
  return (
    <nav className="bottom-bar" aria-label={w.app.main}>
      {VIEWS.map((view) => (
        <NavLink key={view} view={view} named />
      ))}
    </nav>
  );
}
