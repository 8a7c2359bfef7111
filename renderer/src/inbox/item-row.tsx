/** One item in the list: what, from whom, when, how large, and whether it is what was announced. */
import type { Item } from "@inlet/agent-core/contract";
import { TriangleAlert } from "lucide-react";
import { Time } from "../look/time.tsx";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { VerifiedMark } from "../look/verified-mark.tsx";
import { useLanguage } from "../state/preferences.ts";
import { useChannelName } from "../state/selectors.ts";
import { FileName } from "../words/file-name.tsx";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";

export function ItemRow({ item }: { readonly item: Item }) {
  const { w, size } = useLanguage();
  const channel = useChannelName(item.account, item.channel);
  return (
    <>
      <span className="row-glyph">
        <TypeGlyph type={item.type} kind={item.kind} />
      </span>
      <span className="row-lines">
        <span className="row-line">
          {!item.read && (
            <span className="row-dot" title={w.inbox.unread}>
              <span className="heard">{w.inbox.unread}</span>
            </span>
          )}
          <span className="row-title" data-unread={!item.read}>
            {item.kind === "file" ? <FileName name={item.name} /> : <Outside className="cut" text={item.name} />}
          </span>
          <span className="row-side row-time">
            <Time iso={item.receivedAt} inRow />
          </span>
        </span>
        <span className="row-line small quiet">
          <Outside className="row-who cut" text={channel ?? nameOf(item.from, w)} />
          <span className="row-side">
            {item.kind === "file" && (
              <>
                {item.caution !== undefined && (
                  <span className="mark tone-attention" title={w.item.caution}>
                    <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />
                    <span className="heard">{w.item.caution}</span>
                  </span>
                )}
                <span className="row-size">{size(item.size)}</span>
                <VerifiedMark verified={item.verified} bare />
              </>
            )}
          </span>
        </span>
      </span>
    </>
  );
}
