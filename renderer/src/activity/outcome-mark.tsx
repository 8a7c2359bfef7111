/** What became of an offer or of one of its files. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import { Ban, CircleAlert, CircleCheck, CircleDot, CircleSlash, Clock, Download, type LucideIcon } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";

type Became = OfferRecord["files"][number]["outcome"] | "partial";

const LOOK: Readonly<Record<Became, { readonly tone: string; readonly icon: LucideIcon }>> = {
  open: { tone: "tone-attention", icon: CircleDot },
  receiving: { tone: "tone-attention", icon: Download },
  completed: { tone: "tone-good", icon: CircleCheck },
  partial: { tone: "tone-attention", icon: CircleAlert },
  rejected: { tone: "quiet", icon: Ban },
  cancelled: { tone: "quiet", icon: CircleSlash },
  failed: { tone: "tone-bad", icon: CircleAlert },
  expired: { tone: "quiet", icon: Clock },
};

export function OutcomeMark({ became }: { readonly became: Became }) {
  const { w } = useLanguage();
  const { tone, icon: Icon } = LOOK[became];
  return (
    <span className={`mark small ${tone}`}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {became === "receiving" ? w.activity.fileReceiving : w.activity[became]}
    </span>
  );
}
