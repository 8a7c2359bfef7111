/** Puts what was chosen for the look on the root element, and keeps it there. */
import { currentLanguage, usePreferences } from "../state/preferences.ts";

function apply(): void {
  const { theme, density } = usePreferences.getState();
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.dataset.density = density;
  const { locale, direction } = currentLanguage();
  root.lang = locale;
  root.dir = direction;
}

export function followTheme(): void {
  apply();
  usePreferences.subscribe(apply);
}
