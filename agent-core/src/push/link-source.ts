/** An offer of files by their addresses (RFC 4483): nobody waits for an answer, and it outlives a stop of Inlet. */
import type { Offer } from "../contract/index.ts";
import type { PushEnvironment } from "./environment.ts";
import type { OfferedLine } from "./invitation.ts";
import type { LineTransfer } from "./line-transfer.ts";
import type { KeptLinks } from "./link-invitation.ts";
import { LinkSession } from "./link-session.ts";
import type { OfferSource, OfferSourceEvents } from "./offer-source.ts";
import type { Extent, TransferEvents, TransferSession } from "./transfer-session.ts";
import type { Turns } from "./turns.ts";

export class LinkSource implements OfferSource {
  readonly #environment: PushEnvironment;
  readonly #account: string;
  readonly #lines: readonly OfferedLine[];
  #events: OfferSourceEvents | undefined;

  readonly #turns: Turns;

  constructor(environment: PushEnvironment, account: string, turns: Turns, lines: readonly OfferedLine[]) {
    this.#environment = environment;
    this.#account = account;
    this.#turns = turns;
    this.#lines = lines;
  }

  kept(offer: Offer): string {
    const links = this.#lines.map(({ link }) => link ?? null);
    return JSON.stringify({ offer, links } satisfies KeptLinks);
  }

  listen(events: OfferSourceEvents): void {
    this.#events = events;
  }

  ring(): void {
    // Who sent the message was answered when it was recorded.
  }

  reject(): void {
    // Likewise.
  }

  open({ file, link }: OfferedLine, { offset }: Extent, events: TransferEvents): TransferSession {
    const { links, clock } = this.#environment;
    return new LinkSession({
      url: link?.url ?? "",
      expiration: link?.expiration,
      size: file.size,
      offset,
      policy: links.policy(),
      resolve: links.resolve,
      clock,
      trace: links.trace?.(this.#account),
      turns: this.#turns,
      ...events,
    });
  }

  accept(transfers: ReadonlyMap<number, LineTransfer>): void {
    for (const transfer of transfers.values()) transfer.begin();
  }

  settled(): void {
    // Nobody says goodbye.
    queueMicrotask(() => this.#events?.released());
  }

  bye(): void {
    // Likewise.
  }
}
