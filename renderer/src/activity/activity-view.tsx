/** The truthful history: every offer that was made and what became of it; and what was said on the network meanwhile. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import { Activity } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { DayList } from "../app/day-list.tsx";
import { ListFoot } from "../app/list-foot.tsx";
import { TwoPane } from "../app/two-pane.tsx";
import { Empty } from "../look/empty.tsx";
import { useCarrier } from "../state/commands.ts";
import { offerHistory, openHistory } from "../state/history.ts";
import { formatPlace, type Place, usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { ActivityHead } from "./activity-head.tsx";
import { ProtocolView } from "./protocol-view.tsx";
import { RecordDetail } from "./record-detail.tsx";
import { RecordRow } from "./record-row.tsx";

const timeOf = (record: OfferRecord) => record.receivedAt;
const addressOf = (record: OfferRecord) => formatPlace({ view: "activity", selected: record.id });
const more = () => void offerHistory.more();

export function ActivityView() {
  const place = usePlace();
  return place.protocol === true ? <ProtocolView place={place} /> : <OfferHistory place={place} />;
}

function OfferHistory({ place }: { readonly place: Place }) {
  const { w } = useLanguage();
  const carrier = useCarrier();
  const { entries, status } = useStore(offerHistory.store);
  useEffect(() => void openHistory(carrier), [carrier]);
  const selected = entries.find(({ id }) => id === place.selected);

  const list = (
    <>
      <ActivityHead protocol={false} />
      {entries.length === 0 && status === "ready" ? (
        <Empty icon={Activity} title={w.activity.emptyTitle} text={w.activity.emptyText} />
      ) : (
        <DayList
          label={w.activity.list}
          entries={entries}
          timeOf={timeOf}
          addressOf={addressOf}
          selected={place.selected}
          onMore={more}
        >
          {(record) => <RecordRow record={record} />}
        </DayList>
      )}
      <ListFoot status={status} onRetry={() => void offerHistory.refresh()} />
    </>
  );
  const detail =
    selected === undefined ? (
      <Empty icon={Activity} text={w.activity.choose} />
    ) : (
      <RecordDetail key={selected.id} record={selected} />
    );
  return <TwoPane place={place} list={list} detail={detail} />;
}
