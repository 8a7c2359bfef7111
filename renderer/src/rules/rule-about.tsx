/** Begins a rule about whoever sent this. */
import type { Party } from "@inlet/agent-core/contract";
import { Button } from "../look/button.tsx";
import { useLanguage } from "../state/preferences.ts";
import { ruleAbout, writeRule } from "../state/rule-draft.ts";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";

export interface RuleAboutProps {
  readonly from: Party;
  readonly action: "accept" | "reject";
  readonly look?: "plain" | "quiet";
}

export function RuleAbout({ from, action, look = "plain" }: RuleAboutProps) {
  const { w } = useLanguage();
  const sentence = action === "accept" ? w.rules.always : w.rules.never;
  return (
    <Button look={look} onPress={() => writeRule(ruleAbout(from, action))}>
      <span>
        <Sentence of={sentence} values={{ who: <Outside text={nameOf(from, w)} /> }} />
      </span>
    </Button>
  );
}
