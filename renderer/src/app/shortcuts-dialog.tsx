/** What the keys do. A dialog of the platform: it keeps the focus and Esc closes it. */
import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { create } from "zustand";
import { Button } from "../look/button.tsx";
import { useLanguage } from "../state/preferences.ts";
import "./shortcuts.css";

export const useShortcutsShown = create<{ readonly shown: boolean }>(() => ({ shown: false }));
export const showShortcuts = (shown: boolean): void => useShortcutsShown.setState({ shown });

export function ShortcutsDialog() {
  const { w } = useLanguage();
  const shown = useShortcutsShown((state) => state.shown);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);

  const { shortcuts } = w;
  const lines: readonly (readonly [readonly string[], string])[] = [
    [["↑", "↓"], shortcuts.move],
    [[shortcuts.space], shortcuts.tick],
    [[shortcuts.enterKey], shortcuts.enter],
    [[shortcuts.escapeKey], shortcuts.escape],
    [["/"], shortcuts.search],
    [["o"], shortcuts.offer],
    [[shortcuts.deleteKey], shortcuts.remove],
    [["?"], shortcuts.help],
  ];
  return (
    <dialog ref={dialog} className="shortcuts" aria-labelledby="shortcuts-title" onClose={() => showShortcuts(false)}>
      <div className="shortcuts-head">
        <h2 id="shortcuts-title">{shortcuts.title}</h2>
        <Button look="quiet" icon={X} label={w.app.close} onPress={() => showShortcuts(false)} />
      </div>
      <dl>
        {lines.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key} className="kbd">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
