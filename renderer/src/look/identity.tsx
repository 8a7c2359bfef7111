/** How far the sender's address can be believed. */
import type { Party } from "@inlet/agent-core/contract";
import { ShieldCheck, ShieldQuestion } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf, identityOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";

export function Identity({ party }: { readonly party: Party }) {
  const { w } = useLanguage();
  const identity = identityOf(party);
  const tone = identity === "vouched" ? "tone-good" : identity === "vouchedOther" ? "tone-attention" : "quiet";
  const Icon = identity === "vouched" ? ShieldCheck : ShieldQuestion;
  return (
    <span className={`mark small ${tone}`}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      <span>
        <Sentence of={w.who[identity]} values={{ asserted: <Outside text={addressOf(party.asserted ?? "")} /> }} />
      </span>
    </span>
  );
}
