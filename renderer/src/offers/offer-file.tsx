/** One file of an offer: its tick, and everything the sender said about it. */
import { isProgramName, type OfferedFile } from "@inlet/agent-core/contract";
import type { KeyboardEvent } from "react";
import { useLanguage } from "../state/preferences.ts";
import { FileName } from "../words/file-name.tsx";
import { fill } from "../words/fill.ts";
import { typeInWords } from "../words/format-type.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { Sentence } from "../words/sentence.tsx";
import { OfferIcon } from "./offer-icon.tsx";
import { isAcceptable } from "./selection.ts";

export interface OfferFileProps {
  readonly offer: string;
  readonly file: OfferedFile;
  readonly ticked: boolean;
  readonly onTick: (ticked: boolean) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

export function OfferFile({ offer, file, ticked, onTick, onKeyDown }: OfferFileProps) {
  const { w, size, list } = useLanguage();
  const acceptable = isAcceptable(file);
  const algorithms = Object.keys(file.hashes).map((name) => name.toUpperCase());
  const facts = [
    file.type === undefined ? w.offers.typeUnknown : typeInWords(file.type, w),
    file.size === undefined ? w.offers.sizeUnknown : size(file.size),
  ];
  return (
    <li>
      <label className="offer-file" data-acceptable={acceptable}>
        <input
          className="tick"
          type="checkbox"
          checked={ticked}
          aria-disabled={!acceptable || undefined}
          onChange={(event) => {
            if (acceptable) onTick(event.target.checked);
          }}
          onKeyDown={onKeyDown}
        />
        <OfferIcon offer={offer} file={file} />
        <span className="offer-file-lines">
          <FileName name={file.name} />
          <span className="small quiet">
            {facts.join(" · ")}
            <span title={algorithms.length > 0 ? displayLine(list(algorithms)) : undefined}>
              {` · ${algorithms.length > 0 ? w.offers.hash : w.offers.noHash}`}
            </span>
          </span>
          {file.description !== undefined && (
            <span className="small offer-words">
              <Outside text={file.description} />
            </span>
          )}
          {file.url !== undefined && (
            <span className="small quiet offer-words">
              <Sentence of={w.offers.address} values={{ address: <Outside className="mono" text={file.url} /> }} />
            </span>
          )}
          {isProgramName(file.name) && <span className="small tone-attention">{w.item.program}</span>}
          {file.alreadyHave !== undefined && <span className="small">{w.offers.alreadyHave}</span>}
          {file.received !== undefined && (
            <span className="small">{fill(w.offers.goesOn, { size: size(file.received) })}</span>
          )}
          {file.free !== undefined && (
            <span className="small tone-attention">{fill(w.offers.noRoom, { size: size(file.free) })}</span>
          )}
          {file.ruling !== undefined && (
            <span className="small">
              <Sentence
                of={w.offers.ruled[file.ruling.action]}
                values={{ rule: <Outside text={file.ruling.rule.name} /> }}
              />
            </span>
          )}
          {file.unacceptable !== undefined && (
            <span className="small tone-attention">
              <Sentence of={w.offers.cannot} values={{ why: <Outside text={file.unacceptable.text} /> }} />
            </span>
          )}
        </span>
      </label>
    </li>
  );
}
