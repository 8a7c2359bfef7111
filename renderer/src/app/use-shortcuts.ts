/** The keys that work everywhere, except while text is being written. */
import { useEffect } from "react";
import { go, usePlace, withoutSelection } from "../state/place.ts";
import { showShortcuts } from "./shortcuts-dialog.tsx";

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox], [type=radio]), textarea, select");

function focusFirst(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (event.key === "Escape") {
    const place = usePlace.getState();
    if (isWriting(event.target)) (event.target as HTMLElement).blur();
    else if (place.selected !== undefined) go(withoutSelection(place));
    return;
  }
  if (isWriting(event.target)) return;
  if (event.key === "?") showShortcuts(true);
  else if (event.key === "/") {
    if (!focusFirst("input[type=search]")) go({ view: "inbox" });
  } else if (event.key === "o") {
    if (!focusFirst(".offer-card input, .offer-card button")) go({ view: "offers" });
  } else return;
  event.preventDefault();
}

export function useShortcuts(): void {
  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}
