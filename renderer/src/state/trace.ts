/** The recorded protocol exchange as it is looked at: whole, or one call alone. */
import type { TraceEntry } from "@inlet/agent-core/contract";
import type { Carrier } from "../carrier/carrier.ts";
import { PagedList } from "./paged-list.ts";

const PAGE = 100;

export const trace = new PagedList<TraceEntry>();

export function openTrace(carrier: Carrier, callId: string | undefined): Promise<void> {
  const params = { limit: PAGE, ...(callId === undefined ? {} : { callId }) };
  return trace.open(async (before) => {
    const page = await carrier.request("trace.list", before === undefined ? params : { ...params, before });
    return { entries: page.messages, next: page.next };
  });
}
