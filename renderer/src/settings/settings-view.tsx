/** What can be set, and how things stand. */
import { Keyboard } from "lucide-react";
import { showShortcuts } from "../app/shortcuts-dialog.tsx";
import { Button } from "../look/button.tsx";
import { useLanguage } from "../state/preferences.ts";
import { AccountsSection } from "./accounts-section.tsx";
import { AppearanceSection } from "./appearance-section.tsx";
import { DiagnosticsSection } from "./diagnostics-section.tsx";
import { ReceivingSection } from "./receiving-section.tsx";
import { Section } from "./section.tsx";

export function SettingsView() {
  const { w } = useLanguage();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{w.settings.title}</h1>
      </div>
      <ReceivingSection />
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
