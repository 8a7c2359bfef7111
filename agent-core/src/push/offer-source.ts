/** What an offer needs of what it came by: the INVITE of a session, or a message that names links. */
import type { Reason } from "../kernel/index.ts";
import type { LineTransfer } from "./line-transfer.ts";

export interface OfferSourceEvents {
  /** Nobody wants it decided on any more (CANCEL). */
  withdrawn(): void;
  lineClosed(index: number): void;
  /** The other side ended it: nothing more can come. */
  released(): void;
}

export interface OfferSource {
  /** Before anything else. */
  listen(events: OfferSourceEvents): void;
  /** A person is asked. */
  ring(): void;
  /** Nothing of it is taken. */
  reject(status: number, why: Reason): void;
  /** These lines are awaited from now on. */
  accept(transfers: ReadonlyMap<number, LineTransfer>): void;
  /** Everything of it is settled: ends what the other side did not. */
  bye(): void;
}
