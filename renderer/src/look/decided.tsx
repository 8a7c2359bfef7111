/** Who decided: the person, or a rule of theirs, which is a step away. */
import type { DecidedBy, RuleName } from "@inlet/agent-core/contract";
import { useAgent } from "../state/agent-store.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { RULES, useRuleDraft } from "../state/rule-draft.ts";
import { Outside } from "../words/outside.tsx";
import { Sentence } from "../words/sentence.tsx";

export function Decided({ by, rule }: { readonly by: DecidedBy; readonly rule?: RuleName | undefined }) {
  const { w } = useLanguage();
  const now = useAgent(({ agent }) => agent?.rules.find(({ id }) => id === rule?.id));
  if (rule === undefined) return w.decided[by];
  const name = <Outside text={rule.name} />;
  const link = now && (
    <a href={formatPlace(RULES)} onClick={() => useRuleDraft.setState({ draft: now })}>
      {name}
    </a>
  );
  return <Sentence of={now === undefined ? w.decided.ruleGone : w.decided.rule} values={{ rule: link ?? name }} />;
}
