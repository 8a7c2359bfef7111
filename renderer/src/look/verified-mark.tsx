/** Whether what arrived is what was announced. */
import type { Verified } from "@inlet/agent-core/contract";
import { CircleDashed, type LucideIcon, ShieldCheck, ShieldX } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";

const LOOK: Readonly<Record<Verified, { readonly tone: string; readonly icon: LucideIcon }>> = {
  yes: { tone: "tone-good", icon: ShieldCheck },
  no: { tone: "tone-bad", icon: ShieldX },
  unstated: { tone: "quiet", icon: CircleDashed },
};

export interface VerifiedMarkProps {
  readonly verified: Verified;
  /** The glyph alone, the words only heard and on hover. */
  readonly bare?: boolean;
}

export function VerifiedMark({ verified, bare = false }: VerifiedMarkProps) {
  const { w } = useLanguage();
  const { tone, icon: Icon } = LOOK[verified];
  const words = { yes: w.item.verifiedYes, no: w.item.verifiedNo, unstated: w.item.verifiedUnstated }[verified];
  return (
    <span className={`mark ${tone}`} title={bare ? words : undefined}>
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <span className={bare ? "heard" : undefined}>{words}</span>
    </span>
  );
}
