/** What a person chose for this window's look. Kept in this browser; parsed when read, since anyone may have written it. */
import { z } from "zod";
import { create } from "zustand";
import { chooseLanguage, type Language, makeLanguage } from "../words/language.ts";

const preferences = z.object({
  theme: z.enum(["system", "light", "dark"]).catch("system"),
  density: z.enum(["comfortable", "compact"]).catch("comfortable"),
  language: z.enum(["system", "en", "de"]).catch("system"),
  rail: z.enum(["wide", "narrow"]).catch("wide"),
});
export type Preferences = z.infer<typeof preferences>;

const STORED_AS = "inlet.preferences";

/** Whatever is not a preference becomes its default. */
export function parsePreferences(stored: string | null): Preferences {
  let value: unknown = {};
  try {
    value = JSON.parse(stored ?? "{}");
  } catch {
    // Not ours: as if nothing were stored.
  }
  return preferences.catch(preferences.parse({})).parse(value);
}

export const usePreferences = create<Preferences>(() => parsePreferences(null));

export function setPreferences(change: Partial<Preferences>): void {
  usePreferences.setState(change);
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(usePreferences.getState()));
  } catch {
    // No storage in this browser: the choice holds until the page is closed.
  }
}

export function loadPreferences(): void {
  try {
    usePreferences.setState(parsePreferences(localStorage.getItem(STORED_AS)), true);
  } catch {
    // As above.
  }
}

const made = new Map<string, Language>();

function languageFor(choice: Preferences["language"]): Language {
  const code = choice === "system" ? chooseLanguage(navigator.languages) : choice;
  // en-GB stays en-GB: dates are written as the system writes them.
  const locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(code)) ?? code;
  const language = made.get(locale) ?? makeLanguage(locale);
  made.set(locale, language);
  return language;
}

export const useLanguage = (): Language => usePreferences((chosen) => languageFor(chosen.language));
/** For what happens outside of a component. */
export const currentLanguage = (): Language => languageFor(usePreferences.getState().language);
