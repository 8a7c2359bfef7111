/** How the window and the agent get on. */
import { type Fact, Facts } from "../look/facts.tsx";
import { useAgent } from "../state/agent-store.ts";
import { useLanguage } from "../state/preferences.ts";
import { Section } from "./section.tsx";

export function DiagnosticsSection() {
  const { w, count } = useLanguage();
  const link = useAgent((mirror) => mirror.link);
  const dropped = useAgent((mirror) => mirror.dropped);
  const total = useAgent(({ agent }) => agent?.counters.items ?? 0);
  const words = w.settings;
  const facts: readonly Fact[] = [
    { name: words.linkState, value: link.state === "connected" ? words.linkUp : words.linkDown },
    { name: w.nav.inbox, value: count(w.inbox.total, total) },
    { name: words.diagnostics, value: dropped === 0 ? words.droppedNone : count(words.dropped, dropped) },
  ];
  return (
    <Section title={words.diagnostics}>
      <Facts facts={facts} />
    </Section>
  );
}
