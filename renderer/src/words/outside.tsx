/** Words from outside, on one line: isolated from the direction of ours, without characters that disguise. */
import { displayLine } from "./outside-text.ts";

export function Outside({ text, className }: { readonly text: string; readonly className?: string }) {
  return <bdi className={className}>{displayLine(text)}</bdi>;
}
