/** In place of a preview: what it is, and why it is not shown. */
import type { Item } from "@inlet/agent-core/contract";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { useLanguage } from "../state/preferences.ts";
import { typeInWords } from "../words/format-type.ts";

export function NoPreview({ item, why }: { readonly item: Item; readonly why: string }) {
  const { w, size } = useLanguage();
  return (
    <div className="preview preview-card">
      <TypeGlyph type={item.type} kind={item.kind} size={32} />
      <p>
        {typeInWords(item.type, w)} · {size(item.size)}
      </p>
      <p className="quiet small">{why}</p>
    </div>
  );
}
