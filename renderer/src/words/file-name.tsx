/**
 * A file name that is cut in the middle when room is short, so that its extension is always seen. It is heard whole: the
 * two parts are boxes of their own, and a screen reader would put a space between them.
 */
import { displayLine, splitFileName } from "./outside-text.ts";

export function FileName({ name }: { readonly name: string }) {
  const [head, tail] = splitFileName(name);
  const whole = displayLine(name);
  return (
    <bdi className="file-name" title={whole}>
      <span className="heard">{whole}</span>
      <span className="file-name-head" aria-hidden>
        {head}
      </span>
      {tail !== "" && (
        <span className="file-name-tail" aria-hidden>
          {tail}
        </span>
      )}
    </bdi>
  );
}
