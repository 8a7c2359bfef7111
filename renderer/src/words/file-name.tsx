/**
 * A file name that is cut in the middle when room is short, so that its extension is always seen. It is heard whole: the
 * two parts are boxes of their own, and a screen reader would put a space between them.
 */
import { useLanguage } from "../state/preferences.ts";
import { displayLine, splitFileName } from "./outside-text.ts";

export function FileName({ name }: { readonly name: string }) {
  const { w } = useLanguage();
  const [head, tail] = splitFileName(name);
  const whole = displayLine(name);
  if (whole === "") return <span className="file-name quiet">{w.offers.nameUnknown}</span>;
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
