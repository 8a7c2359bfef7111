/**
 * Where a person is, as the address's fragment says it: `#/inbox/<item>`, `#/channel/<account>/<channel>/<item>`,
 * `#/offers/<offer>` and so on; `#/protocol/<message>` is the ladder of Activity. The address is the one truth, so Back, reload and links work.
 */
import { create } from "zustand";

export const VIEWS = ["inbox", "offers", "transfers", "channels", "activity", "settings"] as const;
export type View = (typeof VIEWS)[number];

export interface ChannelPlace {
  readonly account: string;
  readonly channel: string;
}

export interface Place {
  readonly view: View;
  /** The inbox of one channel only. */
  readonly within?: ChannelPlace;
  /** Of Activity, the protocol ladder instead of the offers. */
  readonly protocol?: true;
  /** What is shown in the detail pane. */
  readonly selected?: string;
}

const isView = (name: string): name is View => VIEWS.some((view) => view === name);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Anything that is no place is the inbox. */
export function parsePlace(fragment: string): Place {
  const [view = "", ...rest] = fragment
    .replace(/^#?\/?/, "")
    .split("/")
    .map(decoded);
  if (view === "channel") {
    const [account, channel, selected] = rest;
    if (account === undefined || channel === undefined) return { view: "inbox" };
    return { view: "inbox", within: { account, channel }, ...(selected ? { selected } : {}) };
  }
  if (view === "protocol") return { view: "activity", protocol: true, ...(rest[0] ? { selected: rest[0] } : {}) };
  if (!isView(view)) return { view: "inbox" };
  return rest[0] ? { view, selected: rest[0] } : { view };
}

export function formatPlace({ view, within, protocol, selected }: Place): string {
  const first = protocol === true ? "protocol" : view;
  const parts = within === undefined ? [first] : ["channel", within.account, within.channel];
  if (selected !== undefined) parts.push(selected);
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

export const withoutSelection = ({ selected: _, ...place }: Place): Place => place;

export const usePlace = create<Place>(() => ({ view: "inbox" }));

export function go(place: Place): void {
  if (location.hash !== formatPlace(place)) location.hash = formatPlace(place);
}

/** Keeps the store with the address. A new key in the address starts the page anew. */
export function followAddress(): void {
  const read = () => {
    if (location.hash.startsWith("#token=")) location.reload();
    else usePlace.setState(parsePlace(location.hash), true);
  };
  addEventListener("hashchange", read);
  read();
}
