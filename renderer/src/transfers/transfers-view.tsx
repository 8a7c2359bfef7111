/** What is being received just now. */
import { Download } from "lucide-react";
import { Empty } from "../look/empty.tsx";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useTransferKeys } from "../state/selectors.ts";
import { TransferRow } from "./transfer-row.tsx";
import "./transfers.css";

export function TransfersView() {
  const { w } = useLanguage();
  const keys = useTransferKeys();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{w.nav.transfers}</h1>
      </div>
      {keys.length === 0 ? (
        <Empty icon={Download} title={w.transfers.emptyTitle} text={w.transfers.emptyText}>
          <a className="button" href={formatPlace({ view: "activity" })}>
            {w.says.seeActivity}
          </a>
        </Empty>
      ) : (
        <ul className="transfers" aria-label={w.transfers.list}>
          {keys.map((key) => (
            <TransferRow key={key} of={key} />
          ))}
        </ul>
      )}
    </div>
  );
}
