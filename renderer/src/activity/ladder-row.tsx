/** One rung: when, an arrow between Inlet and the other side, and what it was. */
import type { TraceEntry } from "@inlet/agent-core/contract";
import { CircleAlert } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";

export function LadderRow({ entry }: { readonly entry: TraceEntry }) {
  const { w, instant, absolute } = useLanguage();
  const { time, direction, protocol, remote, summary, failed, repeated } = entry;
  const peer = `${protocol} ${remote}`;
  return (
    <>
      <time className="ladder-time small quiet" dateTime={time} title={absolute(time)}>
        {instant(time)}
      </time>
      <span className="ladder-lane" data-direction={direction} data-failed={failed} data-repeated={repeated}>
        <span className="ladder-words">
          {failed && <CircleAlert size={14} strokeWidth={1.75} role="img" aria-label={w.protocol.failed} />}
          <Outside className="mono cut" text={summary} />
          {repeated && <span className="tag">{w.protocol.again}</span>}
        </span>
        <span className="ladder-arrow" aria-hidden />
        <span className="ladder-peer quiet cut" aria-hidden>
          {peer}
        </span>
        <span className="heard">
          {fill(direction === "out" ? w.protocol.sentTo : w.protocol.receivedFrom, { peer })}
        </span>
      </span>
    </>
  );
}
