/** The protocol ladder: every message that crossed the network, newest first, and what it said. */
import type { TraceEntry } from "@inlet/agent-core/contract";
import { ArrowLeftRight } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { DayList } from "../app/day-list.tsx";
import { ListFoot } from "../app/list-foot.tsx";
import { TwoPane } from "../app/two-pane.tsx";
import { Button } from "../look/button.tsx";
import { Empty } from "../look/empty.tsx";
import { useCarrier } from "../state/commands.ts";
import { formatPlace, type Place } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { openTrace, trace } from "../state/trace.ts";
import { ActivityHead } from "./activity-head.tsx";
import { LadderRow } from "./ladder-row.tsx";
import { MessageDetail } from "./message-detail.tsx";

/** The agent says nothing when a message passes: it is asked while somebody looks. */
const ASK_EVERY_MS = 2_000;

const timeOf = ({ time }: TraceEntry) => time;
const addressOf = ({ id }: TraceEntry) => formatPlace({ view: "activity", protocol: true, selected: id });
const more = () => void trace.more();

export function ProtocolView({ place }: { readonly place: Place }) {
  const { w } = useLanguage();
  const carrier = useCarrier();
  const [callId, setCallId] = useState<string>();
  const { entries, status } = useStore(trace.store);
  useEffect(() => {
    void openTrace(carrier, callId);
    const timer = setInterval(() => void trace.refresh(), ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [carrier, callId]);

  const list = (
    <>
      <ActivityHead protocol>
        {callId !== undefined && (
          <div>
            <Button small onPress={() => setCallId(undefined)}>
              {w.protocol.showAll}
            </Button>
          </div>
        )}
        <div className="ladder-ends small quiet" aria-hidden>
          <span>Inlet</span>
          <span>{w.protocol.otherSide}</span>
        </div>
      </ActivityHead>
      {entries.length === 0 && status === "ready" ? (
        <Empty icon={ArrowLeftRight} title={w.protocol.emptyTitle} text={w.protocol.emptyText} />
      ) : (
        <DayList
          label={w.protocol.list}
          entries={entries}
          timeOf={timeOf}
          addressOf={addressOf}
          selected={place.selected}
          onMore={more}
        >
          {(entry) => <LadderRow entry={entry} />}
        </DayList>
      )}
      <ListFoot status={status} onRetry={() => void trace.refresh()} />
    </>
  );
  const detail =
    place.selected === undefined ? (
      <Empty icon={ArrowLeftRight} text={w.protocol.choose} />
    ) : (
      <MessageDetail key={place.selected} id={place.selected} chosenCall={callId} onCall={setCallId} />
    );
  return <TwoPane place={place} list={list} detail={detail} />;
}
