/** A file name that is cut in the middle when room is short, so that its extension is always seen. */
import { displayLine, splitFileName } from "./outside-text.ts";

export function FileName({ name }: { readonly name: string }) {
  const [head, tail] = splitFileName(name);
  return (
    <bdi className="file-name" title={displayLine(name)}>
      <span className="file-name-head">{head}</span>
      {tail !== "" && <span className="file-name-tail">{tail}</span>}
    </bdi>
  );
}
