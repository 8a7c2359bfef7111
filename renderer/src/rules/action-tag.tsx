/** What a rule does, or would do. */
import type { RuleAction } from "@inlet/agent-core/contract";
import { useLanguage } from "../state/preferences.ts";

const TONE: Readonly<Record<RuleAction, string>> = {
  accept: "tag tag-good",
  reject: "tag tag-bad",
  ask: "tag tag-attention",
};

export function ActionTag({ action, would = false }: { readonly action: RuleAction; readonly would?: boolean }) {
  const { w } = useLanguage();
  return <span className={TONE[action]}>{would ? w.rules.would[action] : w.rules.does[action]}</span>;
}
