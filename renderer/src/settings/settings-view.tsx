/** What can be set, and how things stand. */
import { Keyboard } from "lucide-react";
import { showShortcuts } from "../app/shortcuts-dialog.tsx";
import { Button } from "../look/button.tsx";
import { RulesView } from "../rules/rules-view.tsx";
import { usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { AccountsSection } from "./accounts-section.tsx";
import { AppearanceSection } from "./appearance-section.tsx";
import { DiagnosticsSection } from "./diagnostics-section.tsx";
import { ReceivingSection } from "./receiving-section.tsx";
import { RulesSection } from "./rules-section.tsx";
import { Section } from "./section.tsx";

export function SettingsView() {
  const selected = usePlace((place) => place.selected);
  return selected === "rules" ? <RulesView /> : <AllSettings />;
}

function AllSettings() {
  const { w } = useLanguage();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{w.settings.title}</h1>
      </div>
      <ReceivingSection />
      <RulesSection />
      <AccountsSection />
      <AppearanceSection />
      <Section title={w.settings.keyboard}>
        <div>
          <Button icon={Keyboard} onPress={() => showShortcuts(true)}>
            {w.settings.showShortcuts}
          </Button>
        </div>
      </Section>
      <DiagnosticsSection />
    </div>
  );
}
