/** A list that is asked for in pages, newest first, and kept while it is looked at: the inbox, the history of offers. */
import { createStore, type StoreApi } from "zustand/vanilla";

export interface Page<T> {
  readonly entries: readonly T[];
  /** Names the page after this one; absent on the last. */
  readonly next: string | undefined;
}

export interface PagedState<T> extends Page<T> {
  readonly status: "loading" | "ready" | "more" | "failed";
}

interface Entry {
  readonly id: string;
}

type FetchPage<T> = (before: string | undefined) => Promise<Page<T>>;

/**
 * The list after its newest page was asked for again. What the page covers is as the page says (changed, new, gone);
 * what is older stays. Without any overlap there may be a gap between, so the page is all that is known.
 */
export function mergeNewest<T extends Entry>(known: Page<T>, page: Page<T>): Page<T> {
  if (page.next === undefined) return page;
  const ids = new Set(page.entries.map(({ id }) => id));
  const lastShared = known.entries.findLastIndex(({ id }) => ids.has(id));
  if (lastShared === -1) return page;
  return { entries: [...page.entries, ...known.entries.slice(lastShared + 1)], next: known.next };
}

export class PagedList<T extends Entry> {
  readonly store: StoreApi<PagedState<T>> = createStore(() => ({ entries: [], next: undefined, status: "loading" }));
  #fetch: FetchPage<T> | undefined;
  /** Answers to a query that is no longer asked are dropped. */
  #generation = 0;

  /** Starts anew with another query. */
  async open(fetch: FetchPage<T>): Promise<void> {
    this.#fetch = fetch;
    this.#generation += 1;
    this.store.setState({ entries: [], next: undefined, status: "loading" });
    await this.#load(undefined, (page) => page);
  }

  /** Asks for the newest page again, because something has happened. */
  async refresh(): Promise<void> {
    if (this.#fetch === undefined) return;
    await this.#load(undefined, (page) => mergeNewest(this.store.getState(), page));
  }

  /** Asks for the page after the last one. */
  async more(): Promise<void> {
    const { next, status } = this.store.getState();
    if (next === undefined || status !== "ready") return;
    this.store.setState({ status: "more" });
    await this.#load(next, (page) => {
      const { entries } = this.store.getState();
      const known = new Set(entries.map(({ id }) => id));
      return { entries: [...entries, ...page.entries.filter(({ id }) => !known.has(id))], next: page.next };
    });
  }

  update(id: string, change: (entry: T) => T): void {
    this.store.setState(({ entries }) => ({
      entries: entries.map((entry) => (entry.id === id ? change(entry) : entry)),
    }));
  }

  remove(id: string): void {
    this.store.setState(({ entries }) => ({ entries: entries.filter((entry) => entry.id !== id) }));
  }

  /** Puts an entry back where `isBefore(entry, other)` says it belongs. */
  insert(entry: T, isBefore: (entry: T, other: T) => boolean): void {
    this.store.setState(({ entries }) => {
      const others = entries.filter(({ id }) => id !== entry.id);
      const at = others.findIndex((other) => isBefore(entry, other));
      return { entries: others.toSpliced(at === -1 ? others.length : at, 0, entry) };
    });
  }

  async #load(before: string | undefined, merge: (page: Page<T>) => Page<T>): Promise<void> {
    const generation = this.#generation;
    try {
      const page = await this.#fetch?.(before);
      if (page === undefined || generation !== this.#generation) return;
      this.store.setState({ ...merge(page), status: "ready" });
    } catch {
      if (generation === this.#generation) this.store.setState({ status: "failed" });
    }
  }
}
