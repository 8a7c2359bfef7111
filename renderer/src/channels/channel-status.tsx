/** Where one stands with a channel, in words; a refusal with its reason. */
import type { Channel } from "@inlet/agent-core/contract";
import { Check, CircleAlert, Hourglass, type LucideIcon, Pause } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { Sentence } from "../words/sentence.tsx";

type Status = Channel["status"];

const LOOK: Readonly<Record<Status, { readonly tone: string; readonly icon?: LucideIcon }>> = {
  available: { tone: "" },
  requested: { tone: "tag-attention", icon: Hourglass },
  pending: { tone: "tag-attention", icon: Hourglass },
  subscribed: { tone: "tag-good", icon: Check },
  suspended: { tone: "tag-attention", icon: Pause },
  refused: { tone: "tag-bad", icon: CircleAlert },
};

export function ChannelStatus({ channel }: { readonly channel: Channel }) {
  const { w } = useLanguage();
  const { status, reason } = channel;
  const { tone, icon: Icon } = LOOK[status];
  return (
    <span className={`tag ${tone}`}>
      {Icon !== undefined && <Icon size={14} strokeWidth={1.75} aria-hidden />}
      <span>
        {status === "refused" && reason !== undefined ? (
          <Sentence of={w.channels.refusedWhy} values={{ why: <Outside text={reason.text} /> }} />
        ) : (
          w.channels[status]
        )}
      </span>
    </span>
  );
}
