/** Short notices at the edge of the window, and what a screen reader is told. */
import { create } from "zustand";

export interface NoticeAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Notice {
  readonly id: number;
  /** `error` stays until it is dismissed; `info` goes by itself. */
  readonly tone: "info" | "error";
  readonly text: string;
  readonly code?: string;
  readonly action?: NoticeAction;
}

export interface Notices {
  readonly shown: readonly Notice[];
  /** Said once what is being done is done. The number makes the same words news again. */
  readonly polite: { readonly text: string; readonly id: number };
}

/** More than this is a flood; the oldest go. */
const MOST = 4;
const INFO_MS = 10_000;

let last = 0;
const nextId = () => {
  last += 1;
  return last;
};

export const useNotices = create<Notices>(() => ({ shown: [], polite: { text: "", id: 0 } }));

export function dismiss(id: number): void {
  useNotices.setState(({ shown }) => ({ shown: shown.filter((notice) => notice.id !== id) }));
}

/** Shows a notice, once: the same words do not stack. Returns its number. */
export function notify(notice: Omit<Notice, "id">): number {
  const id = nextId();
  useNotices.setState(({ shown }) => ({
    shown: [...shown.filter((other) => other.text !== notice.text), { ...notice, id }].slice(-MOST),
  }));
  if (notice.tone === "info") setTimeout(() => dismiss(id), INFO_MS);
  return id;
}

/** For the screen reader alone. */
export function say(text: string): void {
  useNotices.setState({ polite: { text, id: nextId() } });
}
