/** One offer in the history. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import { Time } from "../look/time.tsx";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { useLanguage } from "../state/preferences.ts";
import { FileName } from "../words/file-name.tsx";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";
import { OutcomeMark } from "./outcome-mark.tsx";

export function RecordRow({ record }: { readonly record: OfferRecord }) {
  const { w, count } = useLanguage();
  const first = record.files[0];
  const single = record.files.length === 1 && first !== undefined;
  return (
    <>
      <span className="row-glyph">
        <TypeGlyph type={first?.type ?? ""} />
      </span>
      <span className="row-lines">
        <span className="row-line">
          <span className="row-title">
            {single ? <FileName name={first.name} /> : count(w.offers.files, record.files.length)}
          </span>
          <span className="row-side row-time">
            <Time iso={record.receivedAt} inRow />
          </span>
        </span>
        <span className="row-line small quiet">
          <Outside className="row-who cut" text={nameOf(record.from, w)} />
          <span className="row-side">
            <OutcomeMark became={record.outcome ?? (record.files.some(isReceiving) ? "receiving" : "open")} />
          </span>
        </span>
      </span>
    </>
  );
}

const isReceiving = ({ outcome }: OfferRecord["files"][number]): boolean => outcome === "receiving";
