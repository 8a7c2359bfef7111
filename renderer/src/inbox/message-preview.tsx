/** A message, as it was written. */
import type { Item } from "@inlet/agent-core/contract";
import { displayText } from "../words/outside-text.ts";
import { TextBlock } from "./text-block.tsx";
import { TextPreview } from "./text-preview.tsx";

export function MessagePreview({ item }: { readonly item: Item }) {
  // Without its text in the item (or cut there) it is read like a file.
  return item.text === undefined ? <TextPreview item={item} /> : <TextBlock text={displayText(item.text)} prose />;
}
