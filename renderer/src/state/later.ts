/** Offers put off: they stay open, but no longer stand above the inbox. For this window and as long as it is open. */
import { create } from "zustand";

export const useLater = create<{ readonly offers: ReadonlySet<string> }>(() => ({ offers: new Set() }));

export function putOff(offer: string): void {
  useLater.setState(({ offers }) => ({ offers: new Set([...offers, offer]) }));
}
