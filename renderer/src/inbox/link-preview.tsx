/** A link: shown as the text it is, to be copied. The page never goes anywhere by itself. */
import type { Item } from "@inlet/agent-core/contract";
import { CopyButton } from "../look/copy-button.tsx";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";

export function LinkPreview({ item }: { readonly item: Item }) {
  const { w } = useLanguage();
  const address = displayLine(item.text ?? item.name);
  return (
    <div className="preview preview-link">
      <p className="small quiet">{w.item.linkNote}</p>
      <p className="mark">
        <Outside className="mono" text={address} />
        <CopyButton what={w.item.link} value={address} />
      </p>
    </div>
  );
}
