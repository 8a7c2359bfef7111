/** The inbox as it is looked at: the items of one query, and the one that is read. */
import type { CommandParams, Item } from "@inlet/agent-core/contract";
import type { Carrier } from "../carrier/carrier.ts";
import { PagedList } from "./paged-list.ts";

export type ItemKind = Item["kind"];

export interface ItemQuery {
  readonly channel?: string;
  readonly kind?: ItemKind;
  readonly query?: string;
}

const PAGE = 100;
/** The contract's limit on a query. */
const LONGEST_QUERY = 200;

export const items = new PagedList<Item>();

export function openItems(carrier: Carrier, { channel, kind, query }: ItemQuery): Promise<void> {
  const words = query?.trim().slice(0, LONGEST_QUERY);
  const params: CommandParams<"items.list"> = {
    limit: PAGE,
    ...(channel === undefined ? {} : { channel }),
    ...(kind === undefined ? {} : { kind }),
    ...(words ? { query: words } : {}),
  };
  return items.open(async (before) => {
    const page = await carrier.request("items.list", before === undefined ? params : { ...params, before });
    return { entries: page.items, next: page.next };
  });
}
