/** What became of one file of an offer, why, and where it is now. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import { Decided } from "../look/decided.tsx";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { VerifiedMark } from "../look/verified-mark.tsx";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { FileName } from "../words/file-name.tsx";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { AsideFile } from "./aside-file.tsx";
import { OutcomeMark } from "./outcome-mark.tsx";

export interface RecordFileProps {
  readonly offer: string;
  readonly file: OfferRecord["files"][number];
}

export function RecordFile({ offer, file }: RecordFileProps) {
  const { w, size } = useLanguage();
  const { name, type, size: octets, outcome, reason, item, decidedBy, rule, received, verified } = file;
  return (
    <li className="record-file">
      <span className="row-glyph">
        <TypeGlyph type={type ?? ""} />
      </span>
      <span className="row-lines">
        <FileName name={name} />
        <span className="record-file-facts">
          <OutcomeMark became={outcome} />
          {verified !== undefined && <VerifiedMark verified={verified} />}
          {octets !== undefined && (
            <span className="small quiet">
              {received === undefined || received === octets
                ? size(octets)
                : fill(w.transfers.progress, { received: size(received), size: size(octets) })}
            </span>
          )}
        </span>
        {decidedBy !== undefined && (
          <span className="small quiet">
            <Decided by={decidedBy} rule={rule} />
          </span>
        )}
        {reason !== undefined && (
          <span className="small quiet">
            <Outside text={reason.text} /> ({reason.code})
          </span>
        )}
        {file.aside === true && <AsideFile offer={offer} index={file.index} />}
      </span>
      {item !== undefined && (
        <a
          className="button button-small"
          href={formatPlace({ view: "inbox", selected: item })}
          aria-label={fill(w.activity.showItem, { name: displayLine(name) })}
        >
          {w.activity.show}
        </a>
      )}
    </li>
  );
}
