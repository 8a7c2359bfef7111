/**
 * Runs one offer: what it came by (`offer-source.ts`) on one side, the lines being received on the other,
 * `offer-machine.ts` between them.
 */
import type { Offer, OfferRecord } from "../contract/index.ts";
import { assertNever, InletError, LIMITS, millis, type Reason, reason } from "../kernel/index.ts";
import { type OfferFileChange, sameContent } from "../store/index.ts";
import { describeOffer } from "./describe-offer.ts";
import type { PushEnvironment } from "./environment.ts";
import { recordHeld } from "./held-file.ts";
import { type Icon, isReceivable, type Offered } from "./invitation.ts";
import { LineTransfer } from "./line-transfer.ts";
import { keptOffer, newOffer, type OfferEffect, type OfferInput, type OfferState, stepOffer } from "./offer-machine.ts";
import type { OfferSource } from "./offer-source.ts";
import { Room } from "./room.ts";
import { Verdicts } from "./verdicts.ts";
import { WhatIsHere } from "./what-is-here.ts";

export interface IncomingOfferOptions {
  readonly environment: PushEnvironment;
  readonly account: string;
  readonly source: OfferSource;
  readonly invitation: Offered;
  readonly channel?: string;
  /** It was kept when Inlet stopped. */
  readonly kept?: { readonly offer: Offer; readonly files: OfferRecord["files"] };
  /** A file was settled. */
  moved(): void;
  /** The dialog is released and nothing of the offer is left. */
  over(): void;
}

type Settled = OfferEffect & { readonly type: "settle" };

export class IncomingOffer {
  readonly offer: Offer;
  readonly #options: IncomingOfferOptions;
  readonly #environment: PushEnvironment;
  readonly #transfers = new Map<number, LineTransfer>();
  #state: OfferState;
  readonly #verdicts: Verdicts;
  readonly #here: WhatIsHere;
  #decision: Disposable | undefined;
  #grace: Disposable | undefined;

  constructor(options: IncomingOfferOptions) {
    const { environment, account, invitation, channel, kept } = options;
    this.#options = options;
    this.#environment = environment;
    this.#state = kept ? keptOffer(kept.files.map(({ outcome }) => outcome)) : newOffer(invitation.lines.length);
    const now = environment.clock.now();
    this.#verdicts = new Verdicts(environment, invitation, { channel, now, kept: kept?.files });
    this.#here = new WhatIsHere(environment, invitation.lines);
    this.offer = describeOffer(invitation, { account, channel, now, verdicts: this.#verdicts, kept: kept?.offer });
  }

  get deciding(): boolean {
    return this.#state.phase === "deciding" && !this.#here.reading;
  }

  /** A file is whole and on its way into place: a stop waits for it. */
  get verifying(): boolean {
    return [...this.#transfers.values()].some((transfer) => transfer.verifying);
  }

  /** Inlet stops: what is recorded is told without waiting for its second hash. */
  tellKept(): void {
    for (const transfer of this.#transfers.values()) transfer.tellKept();
  }

  /** Who lost its connection offers a file anew: it does not come back for the old one, whose part is gone on with. */
  giveWay(account: string, { from, lines }: Offered): void {
    if (account !== this.offer.account || from.uri !== this.offer.from.uri) return;
    for (const [index, transfer] of this.#transfers) {
      const old = this.offer.files[index];
      const again = ({ file }: Offered["lines"][number]): boolean =>
        file.size === old?.size && sameContent(file.hashes, old?.hashes ?? {});
      if (transfer.lost && lines.some(again)) transfer.stop(reason("INLET_MSRP_CONNECTION_LOST"));
    }
  }

  icon(index: number): Icon | undefined {
    return this.#options.invitation.lines[index]?.icon;
  }

  /**
   * Records the offer; then tells it and rings, or decides at once where rules and settings say so of every file. Fails with
   * INLET_DISK_FULL and its like: it is not there.
   */
  open(): Promise<void> {
    const { expiresAt: _, subject: __, ...told } = this.offer;
    const files = this.offer.files.map(({ index, name, type, size }) => ({
      index,
      name,
      ...(type !== undefined && { type }),
      ...(size !== undefined && { size }),
      outcome: "open" as const,
    }));
    return this.#environment.store.recordOfferSoon({ ...told, files }, this.#options.source.kept(this.offer), () => {
      this.#tell();
      if (this.#state.phase === "deciding") this.#consider();
    });
  }

  /** After a restart: it is considered anew, or what was accepted goes on. */
  reopen(): void {
    this.#tell();
    if (this.#state.phase === "deciding") {
      this.#consider();
      return;
    }
    const { files } = this.#state;
    const accepted = new Set(files.flatMap((file, index) => (file === "receiving" ? [index] : [])));
    this.#withParts(accepted, () => this.#accept(accepted));
  }

  #tell(): void {
    this.#environment.publish({ event: "offer", ...this.offer });
    this.#options.source.listen({
      withdrawn: (why) => this.#input({ type: "withdrawn", reason: why }),
      lineClosed: (index) => this.#input({ type: "lineClosed", index }),
      released: (words) => this.#input({ type: "released", ...(words !== undefined && { words }) }),
    });
  }

  #consider(): void {
    const { id, expiresAt } = this.offer;
    const { clock } = this.#environment;
    if (this.#verdicts.ruled("ask").size > 0) {
      this.#environment.patch({ offers: { [id]: this.offer } });
      this.#options.source.ring();
      this.#decision = clock.after(millis(Date.parse(expiresAt) - clock.now()), () => this.#expired());
      return;
    }
    this.#verdicts.stand();
    const code = this.#verdicts.untrusted ? "INLET_OFFER_UNTRUSTED" : "INLET_OFFER_RULED_OUT";
    this.#decide(this.#verdicts.ruled("accept"), { reason: reason(code) });
  }

  /** Nobody decided: what a rule accepts is taken all the same. */
  #expired(): void {
    const accept = this.#verdicts.ruled("accept");
    if (accept.size === 0) {
      this.#input({ type: "expired" });
      return;
    }
    this.#verdicts.stand();
    this.#decide(accept, { expired: this.#verdicts.ruled("ask") });
  }

  /** The person's decision. INLET_OFFER_UNKNOWN: too late. INLET_COMMAND_INVALID: such a line cannot be accepted. */
  decide(accept: readonly number[]): void {
    if (!this.deciding) throw new InletError("INLET_OFFER_UNKNOWN");
    const wrong = accept.find((index) => !this.#verdicts.acceptable.has(index));
    if (wrong !== undefined) throw new InletError("INLET_COMMAND_INVALID", `file ${wrong} cannot be accepted`);
    const chosen = new Set(accept);
    this.#verdicts.chosen(chosen);
    this.#decide(chosen);
  }

  #decide(accept: ReadonlySet<number>, how: Pick<OfferInput & { type: "decided" }, "expired" | "reason"> = {}): void {
    this.#withParts(accept, () => {
      this.#input({ type: "decided", accept, held: new Set(this.#here.held.keys()), ...how });
    });
  }

  /** Unless it has ended meanwhile. */
  #withParts(accept: ReadonlySet<number>, go: () => void): void {
    const { phase } = this.#state;
    this.#here.read(this.offer, accept, phase === "deciding", () => {
      if (this.#state.phase === phase) go();
      else this.#here.keepParts();
    });
  }

  /** INLET_TRANSFER_UNKNOWN: the file is not being received, or is whole and being verified. */
  cancelTransfer(index: number): void {
    const transfer = this.#transfers.get(index);
    if (transfer === undefined || transfer.verifying || this.#state.files[index] !== "receiving") {
      throw new InletError("INLET_TRANSFER_UNKNOWN");
    }
    this.#input({ type: "fileCancelled", index });
  }

  stop(): void {
    const { phase } = this.#state;
    const lasts = this.#options.source.kept(this.offer) !== undefined;
    if (!lasts || (phase !== "deciding" && phase !== "receiving")) {
      this.#input({ type: "stopping" });
      return;
    }
    this.#state = { ...this.#state, phase: "ended" };
    this.#decision?.[Symbol.dispose]();
    this.#environment.patch({ offers: { [this.offer.id]: null } });
    for (const transfer of this.#transfers.values()) transfer.suspend();
    this.#finish();
  }

  #input(input: OfferInput): void {
    const before = this.#state.phase;
    const { state, effects } = stepOffer(this.#state, input);
    this.#state = state;
    if (before === "deciding" && state.phase !== "deciding") {
      this.#decision?.[Symbol.dispose]();
      this.#environment.patch({ offers: { [this.offer.id]: null } });
    }
    const settled = effects.filter((effect) => effect.type === "settle");
    for (const effect of effects) {
      if (effect.type !== "settle") this.#run(effect);
      else if (effect === settled[0]) this.#settled(settled);
    }
    if (before !== "ended" && state.phase === "ended") this.#finish();
    else if (settled.length > 0) this.#options.moved();
  }

  #run(effect: Exclude<OfferEffect, Settled>): void {
    switch (effect.type) {
      case "accept":
        this.#accept(effect.lines);
        break;
      case "reject":
        this.#options.source.reject(effect.status, effect.reason);
        break;
      case "stopFile":
        this.#transfers.get(effect.index)?.stop(effect.reason);
        break;
      case "closeMedia":
        this.#transfers.get(effect.index)?.closeMedia(effect.words);
        break;
      case "end": {
        const { outcome, reason: why } = effect;
        this.#environment.notes.write(() => this.#environment.store.endOffer(this.offer.id, outcome, why));
        this.#environment.publish({ event: "offerEnded", id: this.offer.id, outcome, ...(why && { reason: why }) });
        break;
      }
      case "startGrace":
        // The sender ends what it began; one that does not is ended for it.
        this.#grace?.[Symbol.dispose]();
        this.#grace = this.#environment.clock.after(
          millis(effect.stopping === true ? LIMITS.stopGrace : LIMITS.releaseGrace),
          () => this.#input({ type: "graceOver" }),
        );
        this.#options.source.settled();
        break;
      case "bye":
        this.#options.source.bye();
        break;
      default:
        assertNever(effect);
    }
  }

  /** In one note: many files of an offer are decided on at once. A completed one is recorded together with its item. */
  #settled(effects: readonly Settled[]): void {
    const { store, notes } = this.#environment;
    const changes = new Map<number, OfferFileChange>();
    for (const { index, state: outcome, reason: why } of effects) {
      const held = this.#here.held.get(index);
      if (outcome === "completed" && held !== undefined) {
        notes.write(() => {
          store.updateOfferFile(this.offer.id, index, { outcome: "receiving", ...this.#verdicts.decider(index) });
          recordHeld(this.#environment, this.offer, index, { ...held, ...this.#verdicts.accepted(index) });
        });
      } else if (outcome !== "completed") {
        const transfer = outcome === "receiving" ? undefined : this.#transfers.get(index);
        changes.set(index, {
          outcome,
          ...(why && { reason: why }),
          ...this.#verdicts.decider(index),
          ...(transfer !== undefined && { received: transfer.received }),
          ...(why?.code === "INLET_TRANSFER_HASH_MISMATCH" && { verified: "no" }),
        });
      }
    }
    if (changes.size > 0) notes.write(() => store.updateOfferFiles(this.offer.id, changes));
  }

  #accept(lines: ReadonlySet<number>): void {
    const failures = new Map<number, Reason>();
    const room = new Room(this.#environment, this.offer);
    for (const index of lines) {
      try {
        this.#transfers.set(index, this.#newTransfer(index, room));
      } catch (error) {
        if (!(error instanceof InletError)) throw error;
        failures.set(index, error.reason);
      }
    }
    const [first] = failures.values();
    if (this.#transfers.size > 0) this.#options.source.accept(this.#transfers);
    else if (first !== undefined) {
      // Nothing can be written now; the sender may try again later (RFC 3261 §21.4.18).
      this.#options.source.reject(480, first);
      this.#input({ type: "released" });
    }
    for (const [index, why] of failures) this.#input({ type: "fileFailed", index, reason: why });
  }

  #newTransfer(index: number, room: Room): LineTransfer {
    const line = this.#options.invitation.lines[index];
    if (line === undefined || !isReceivable(line)) throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA");
    const landing = this.#here.partOf(line);
    let most: number | undefined;
    try {
      most = room.take(line.file.size, landing?.received ?? 0);
    } catch (error) {
      landing?.keep();
      throw error;
    }
    return new LineTransfer({
      environment: this.#environment,
      offer: this.offer,
      file: line.file,
      landing,
      most,
      othersMove: () => [...this.#transfers.values()].some((transfer) => transfer.moving),
      open: (offset, events) => this.#options.source.open(line, { offset, most }, events),
      accepted: this.#verdicts.accepted(index),
      settled: (failure) => {
        for (const transfer of this.#transfers.values()) transfer.waitAgain();
        this.#input(
          failure === undefined ? { type: "fileCompleted", index } : { type: "fileFailed", index, reason: failure },
        );
      },
    });
  }

  #finish(): void {
    this.#grace?.[Symbol.dispose]();
    for (const transfer of this.#transfers.values()) transfer.dispose();
    const reading = this.#here.end();
    if (reading === undefined) this.#options.over();
    else void reading.then(() => this.#options.over());
  }
}
