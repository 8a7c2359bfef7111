/** One open offer in the list: who, how much, how long it waits. */
import type { Offer } from "@inlet/agent-core/contract";
import { Package } from "lucide-react";
import { useLanguage } from "../state/preferences.ts";
import { FileName } from "../words/file-name.tsx";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";
import { totalSize } from "./selection.ts";
import { TimeLeft } from "./time-left.tsx";

export function OfferRow({ offer }: { readonly offer: Offer }) {
  const { w, count, size } = useLanguage();
  const first = offer.files[0];
  const { size: total, exact } = totalSize(offer.files);
  const stated = exact ? size(total) : fill(w.offers.atLeast, { size: size(total) });
  return (
    <>
      <span className="row-glyph">
        <Package size={20} strokeWidth={1.5} aria-hidden />
      </span>
      <span className="row-lines">
        <span className="row-line">
          <span className="row-title">
            <Outside className="cut" text={nameOf(offer.from, w)} />
          </span>
          <span className="row-side row-time">
            <TimeLeft until={offer.expiresAt} />
          </span>
        </span>
        <span className="row-line small quiet">
          <span className="row-who">
            {offer.files.length === 1 && first !== undefined ? (
              <FileName name={first.name} />
            ) : (
              count(w.offers.files, offer.files.length)
            )}
          </span>
          <span className="row-side">{!exact && total === 0 ? w.offers.sizeUnknown : stated}</span>
        </span>
      </span>
    </>
  );
}
