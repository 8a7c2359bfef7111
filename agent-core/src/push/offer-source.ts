/** What an offer needs of what it came by: the INVITE of a session, or a message that names links. */
import type { Offer } from "../contract/index.ts";
import type { Reason } from "../kernel/index.ts";
import type { OfferedLine } from "./invitation.ts";
import type { LineTransfer } from "./line-transfer.ts";
import type { Extent, TransferEvents, TransferSession } from "./transfer-session.ts";

export interface OfferSourceEvents {
  /** Nobody wants it decided on any more (CANCEL). */
  withdrawn(why: Reason): void;
  lineClosed(index: number): void;
  /** The other side ended it: nothing more can come. `words`: why, as it says. */
  released(words?: string): void;
}

export interface OfferSource {
  /** What brings the offer back after Inlet was stopped; undefined: it ends then. */
  kept(offer: Offer): string | undefined;
  /** Before anything else. What has happened already is told at once. */
  listen(events: OfferSourceEvents): void;
  /** A person is asked. */
  ring(): void;
  /** Nothing of it is taken. */
  reject(status: number, why: Reason): void;
  /** Where a line's file will come from. */
  open(line: OfferedLine, extent: Extent, events: TransferEvents): TransferSession;
  /** These lines are awaited from now on. */
  accept(transfers: ReadonlyMap<number, LineTransfer>): void;
  /** Every file is settled: the other side has its turn to end what it began. */
  settled(): void;
  /** It did not. */
  bye(): void;
}
