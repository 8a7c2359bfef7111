/** How many rules there are, and the way to them. */
import { ListChecks } from "lucide-react";
import { useAgent } from "../state/agent-store.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { RULES } from "../state/rule-draft.ts";
import { Section } from "./section.tsx";

export function RulesSection() {
  const { w, count } = useLanguage();
  const rules = useAgent(({ agent }) => agent?.rules.filter(({ enabled }) => enabled).length) ?? 0;
  return (
    <Section title={w.rules.title}>
      <p className="quiet">{rules === 0 ? w.rules.emptyText : count(w.rules.total, rules)}</p>
      <div>
        <a className="button" href={formatPlace(RULES)}>
          <ListChecks size={16} strokeWidth={1.75} aria-hidden />
          {w.rules.open}
        </a>
      </div>
    </Section>
  );
}
