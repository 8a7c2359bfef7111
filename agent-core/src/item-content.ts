/** The bytes of an item: a file in its folder, or the body of a message. */
import { createReadStream, statSync } from "node:fs";
import { Readable } from "node:stream";
import type { Item } from "./contract/index.ts";
import { InletError } from "./kernel/index.ts";
import type { Store } from "./store/index.ts";

export interface ItemContent {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Octets `start` to `end` inclusive, from 0; everything by default. */
  open(range?: { readonly start: number; readonly end: number }): Readable;
}

/** INLET_ITEM_UNKNOWN, INLET_ITEM_CONTENT_GONE. */
export function itemContent(store: Store, id: string): ItemContent {
  const item = store.getItem(id);
  const body = item.path === undefined ? store.itemBody(id) : undefined;
  if (body !== undefined) {
    const { name, type } = item;
    return {
      name,
      type,
      size: body.length,
      open: (range) =>
        Readable.from([body.subarray(range?.start ?? 0, range === undefined ? body.length : range.end + 1)]),
    };
  }
  return fileContent(item);
}

function fileContent({ name, type, path }: Item): ItemContent {
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || stat === undefined || !stat.isFile()) throw new InletError("INLET_ITEM_CONTENT_GONE");
  return { name, type, size: stat.size, open: (range) => createReadStream(path, range) };
}
