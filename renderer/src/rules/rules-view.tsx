/** The rules of a person, or the one that is being written. */
import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import { useAgent } from "../state/agent-store.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useRuleDraft } from "../state/rule-draft.ts";
import { RuleEditor } from "./rule-editor.tsx";
import { RuleList } from "./rule-list.tsx";
import "./rules.css";

export function RulesView() {
  const { w } = useLanguage();
  const draft = useRuleDraft((state) => state.draft);
  const accept = useAgent(({ agent }) => agent?.settings.accept) ?? "ask";
  // What was begun is not found again by whoever comes back later.
  useEffect(() => () => useRuleDraft.setState({ draft: undefined }), []);
  if (draft !== undefined)
    return (
      <div className="page rules-page">
        <RuleEditor key={draft.id ?? ""} draft={draft} />
      </div>
    );
  return (
    <div className="page rules-page">
      <div className="page-head">
        <h1>{w.rules.title}</h1>
        <a className="button button-quiet" href={formatPlace({ view: "settings" })}>
          <ArrowLeft size={16} strokeWidth={1.75} aria-hidden />
          {w.settings.title}
        </a>
      </div>
      <p className="quiet rules-intro">{w.rules.intro}</p>
      <RuleList />
      <p className="small quiet">{w.rules.otherwise[accept]}</p>
      <p className="small quiet">{w.rules.trust}</p>
    </div>
  );
}
