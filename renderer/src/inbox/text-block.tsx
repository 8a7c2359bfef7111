/** Text in a box that scrolls, by keyboard too. */
import { useLanguage } from "../state/preferences.ts";

export interface TextBlockProps {
  readonly text: string;
  /** Written to be read (a message), not to be looked at (a file). */
  readonly prose?: boolean;
}

export function TextBlock({ text, prose = false }: TextBlockProps) {
  const { w } = useLanguage();
  return (
    <section className="preview preview-text" aria-label={w.item.preview}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={prose ? "prose" : undefined} dir="auto" tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}
