/** The look of this window; kept in this browser. */
import { setPreferences, useLanguage, usePreferences } from "../state/preferences.ts";
import { Choice } from "./choice.tsx";
import { Section } from "./section.tsx";

export function AppearanceSection() {
  const { w } = useLanguage();
  const { theme, density, language } = usePreferences();
  const words = w.settings;
  return (
    <Section title={words.appearance}>
      <Choice
        legend={words.theme}
        value={theme}
        options={[
          { value: "system", name: words.system },
          { value: "light", name: words.light },
          { value: "dark", name: words.dark },
        ]}
        onChoose={(chosen) => setPreferences({ theme: chosen })}
      />
      <Choice
        legend={words.density}
        value={density}
        options={[
          { value: "comfortable", name: words.comfortable },
          { value: "compact", name: words.compact },
        ]}
        onChoose={(chosen) => setPreferences({ density: chosen })}
      />
      <Choice
        legend={words.language}
        value={language}
        options={[
          { value: "system", name: words.system },
          { value: "en", name: "English", lang: "en" },
          { value: "de", name: "Deutsch", lang: "de" },
        ]}
        onChoose={(chosen) => setPreferences({ language: chosen })}
      />
    </Section>
  );
}
