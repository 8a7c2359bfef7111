/** The history of offers as it is looked at. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import type { Carrier } from "../carrier/carrier.ts";
import { PagedList } from "./paged-list.ts";

const PAGE = 50;

export const offerHistory = new PagedList<OfferRecord>();

export function openHistory(carrier: Carrier): Promise<void> {
  return offerHistory.open(async (before) => {
    const page = await carrier.request("offers.list", before === undefined ? { limit: PAGE } : { limit: PAGE, before });
    return { entries: page.offers, next: page.next };
  });
}
