/** A message, as it was written. */
import { displayText } from "../words/outside-text.ts";
import { TextBlock } from "./text-block.tsx";

export function MessagePreview({ text }: { readonly text: string }) {
  return <TextBlock text={displayText(text)} prose />;
}
