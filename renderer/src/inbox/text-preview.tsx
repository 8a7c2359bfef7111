/** The beginning of a text, as text: whatever markup is in it stays letters. */
import type { Item } from "@inlet/agent-core/contract";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { displayText } from "../words/outside-text.ts";
import { NoPreview } from "./no-preview.tsx";
import { TextBlock } from "./text-block.tsx";
import { useContent } from "./use-content.ts";

/** Octets that are shown. */
const SHOWN = 64 * 1024;

const beginning = async (content: Blob): Promise<string> => {
  const bytes = await content.slice(0, SHOWN).arrayBuffer();
  // A character cut at the end is left out rather than shown broken.
  return displayText(new TextDecoder("utf-8").decode(bytes, { stream: content.size > SHOWN }));
};

export function TextPreview({ item }: { readonly item: Item }) {
  const { w, size } = useLanguage();
  const content = useContent(item.id, beginning);
  if (content.state === "failed") return <NoPreview item={item} why={content.text} />;
  return (
    <>
      <TextBlock text={content.state === "ready" ? content.value : w.app.loading} />
      {item.size > SHOWN && <p className="small quiet">{fill(w.item.cut, { size: size(SHOWN) })}</p>}
    </>
  );
}
