/** The connection that messages go out on, as they see it. Calls `proceed` when the system has taken what was written, and at a turn. */
import type { Clock } from "../kernel/index.ts";
import type { OutboundMessage } from "./outbound-message.ts";

export interface Outlet {
  readonly clock: Clock;
  /** Octets written so far, and how many of them the system has taken. */
  readonly written: number;
  readonly taken: number;
  write(data: string | Uint8Array): void;
  cork(): void;
  uncork(): void;
  /** A chunk is written by one message at a time, in turns. */
  queue(message: OutboundMessage): void;
  isTurnOf(message: OutboundMessage): boolean;
  /** Others wait for the end of this turn. */
  readonly awaited: boolean;
  /** Ends the turn, or the wait for one. */
  leave(message: OutboundMessage): void;
  /** Writes whole frames, never into somebody's chunk: at once, or between two turns. */
  between(frames: string): void;
}
