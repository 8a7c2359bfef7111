/**
 * Runs one offer: what it came by (`offer-source.ts`) on one side, the lines being received on the other,
 * `offer-machine.ts` between them.
 */
import type { DecidedBy, Item, Offer, OfferRecord, RuleName } from "../contract/index.ts";
import { assertNever, InletError, LIMITS, millis, type Reason, randomToken, reason } from "../kernel/index.ts";
import { type Landing, type OfferFileChange, sameContent } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { isRest, takePart } from "./going-on.ts";
import { findHeld, recordHeld } from "./held-file.ts";
import { type Icon, isReceivable, type Offered } from "./invitation.ts";
import { fileNameOf, LineTransfer } from "./line-transfer.ts";
import { keptOffer, newOffer, type OfferEffect, type OfferInput, type OfferState, stepOffer } from "./offer-machine.ts";
import type { OfferSource } from "./offer-source.ts";
import { pushKindOf } from "./push-kind.ts";
import { Room } from "./room.ts";
import { minuteOfDay, type Ruling, ruleOn } from "./rule.ts";

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

export class IncomingOffer {
  readonly offer: Offer;
  readonly #options: IncomingOfferOptions;
  readonly #environment: PushEnvironment;
  readonly #transfers = new Map<number, LineTransfer>();
  #state: OfferState;
  /** By line: what rules and settings say of it. */
  readonly #rulings: ReadonlyMap<number, Ruling>;
  /** By line: who decided on it. */
  readonly #deciders = new Map<number, { readonly decidedBy: DecidedBy; readonly rule?: RuleName }>();
  /** By line: the item that is this very file, which need not be fetched. */
  readonly #held = new Map<number, Item>();
  /** Parts of accepted files, or whole ones, are read again; the answer waits for it. */
  #recheck: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** By line: what is here of its file, or why the line cannot be received. */
  readonly #parts = new Map<number, Landing | InletError>();
  #decision: Disposable | undefined;
  #grace: Disposable | undefined;

  constructor(options: IncomingOfferOptions) {
    const { environment, account, invitation, channel, kept } = options;
    this.#options = options;
    this.#environment = environment;
    this.#state = kept ? keptOffer(kept.files.map(({ outcome }) => outcome)) : newOffer(invitation.lines.length);
    for (const { index, decidedBy, rule } of kept?.files ?? [])
      if (decidedBy !== undefined) this.#deciders.set(index, { decidedBy, ...(rule !== undefined && { rule }) });
    const now = environment.clock.now();
    const { from, to, service, application, subject, session } = invitation;
    const subjectOf = { from, channel, service, application, minute: minuteOfDay(now) };
    this.#rulings = new Map(
      invitation.lines.flatMap((line) => {
        const { file } = line;
        const { type, size } = file;
        if (!isReceivable(line)) return [];
        return [[file.index, ruleOn({ ...subjectOf, type, size }, environment.rules(), environment.acceptMode())]];
      }),
    );
    this.offer = {
      id: kept?.offer.id ?? randomToken(96),
      account,
      ...(invitation.lines.some(({ link }) => link !== undefined) && { origin: "link" }),
      from,
      ...(to !== undefined && to !== account && { to }),
      ...(service !== undefined && { service }),
      ...(application !== undefined && { application }),
      ...(channel !== undefined && { channel }),
      ...(subject !== undefined && { subject }),
      ...(session !== undefined && { session }),
      push: pushKindOf({ channel, application, types: invitation.lines.map(({ file }) => file.type) }),
      files: invitation.lines.map(({ file }) => {
        const ruling = this.#rulings.get(file.index);
        if (ruling?.by === "trust") return { ...file, unacceptable: reason("INLET_OFFER_UNTRUSTED") };
        if (ruling?.rule === undefined || ruling.action === "ask") return file;
        return { ...file, ruling: { action: ruling.action, rule: ruling.rule } };
      }),
      receivedAt: kept?.offer.receivedAt ?? new Date(now).toISOString(),
      expiresAt: new Date(invitation.decideBy ?? now + LIMITS.offerDecision).toISOString(),
    };
  }

  get deciding(): boolean {
    return this.#state.phase === "deciding" && this.#recheck === undefined;
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
    if ([...this.#rulings.values()].some(({ action }) => action === "ask")) {
      this.#environment.patch({ offers: { [id]: this.offer } });
      this.#options.source.ring();
      this.#decision = clock.after(millis(Date.parse(expiresAt) - clock.now()), () => this.#expired());
      return;
    }
    for (const index of this.#rulings.keys()) this.#ruled(index);
    const accept = this.#ruledIn();
    const trust = [...this.#rulings.values()].every(({ by }) => by === "trust");
    this.#decide(accept, { reason: reason(trust ? "INLET_OFFER_UNTRUSTED" : "INLET_OFFER_RULED_OUT") });
  }

  /** Nobody decided: what a rule accepts is taken all the same. */
  #expired(): void {
    const accept = this.#ruledIn();
    if (accept.size === 0) {
      this.#input({ type: "expired" });
      return;
    }
    const asked = [...this.#rulings].flatMap(([index, { action }]) => (action === "ask" ? [index] : []));
    for (const index of this.#rulings.keys()) if (!asked.includes(index)) this.#ruled(index);
    this.#decide(accept, { expired: new Set(asked) });
  }

  #ruledIn(): ReadonlySet<number> {
    return new Set([...this.#rulings].flatMap(([index, { action }]) => (action === "accept" ? [index] : [])));
  }

  /** The rule, or the setting, stands. */
  #ruled(index: number): void {
    const ruling = this.#rulings.get(index);
    if (ruling !== undefined)
      this.#deciders.set(index, { decidedBy: ruling.by, ...(ruling.rule && { rule: ruling.rule }) });
  }

  /** The person's decision. INLET_OFFER_UNKNOWN: too late. INLET_COMMAND_INVALID: such a line cannot be accepted. */
  decide(accept: readonly number[]): void {
    if (!this.deciding) throw new InletError("INLET_OFFER_UNKNOWN");
    const acceptable = this.#acceptable();
    const wrong = accept.find((index) => !acceptable.has(index));
    if (wrong !== undefined) throw new InletError("INLET_COMMAND_INVALID", `file ${wrong} cannot be accepted`);
    const chosen = new Set(accept);
    for (const [index, { by, action }] of this.#rulings) {
      // Where the person leaves it as a rule has it, the rule decided.
      if (by !== "setting" && action === (chosen.has(index) ? "accept" : "reject")) this.#ruled(index);
      else this.#deciders.set(index, { decidedBy: "person" });
    }
    this.#decide(chosen);
  }

  #decide(accept: ReadonlySet<number>, how: Pick<OfferInput & { type: "decided" }, "expired" | "reason"> = {}): void {
    this.#withParts(accept, () => {
      this.#input({ type: "decided", accept, held: new Set(this.#held.keys()), ...how });
    });
  }

  /** At once, unless there are parts to go on with, or whole files: those are read again first. */
  #withParts(accept: ReadonlySet<number>, go: () => void): void {
    const abort = new AbortController();
    const going = this.#state.phase;
    const work = [...accept].flatMap((index) => {
      try {
        const found = this.#whatIsHere(index, going, abort.signal);
        return found === undefined ? [] : [found];
      } catch (error) {
        this.#failed(index, error);
        return [];
      }
    });
    if (work.length === 0) {
      go();
      return;
    }
    const done = Promise.all(work).then(() => {
      this.#recheck = undefined;
      if (this.#state.phase === going) go();
      else for (const part of this.#parts.values()) if (!(part instanceof InletError)) part.keep();
    });
    done.catch((error: unknown) => this.#environment.log("error", "push.accept.failed", { error: `${error}` }));
    this.#recheck = { abort, done };
  }

  #whatIsHere(index: number, phase: OfferState["phase"], signal: AbortSignal): Promise<void> | undefined {
    const line = this.#options.invitation.lines[index];
    if (line === undefined) return undefined;
    const held = phase === "deciding" ? findHeld(this.#environment, line.file, signal) : undefined;
    if (held !== undefined) return held.then((item) => item && void this.#held.set(index, item));
    const take = takePart(this.#environment, this.offer, line, fileNameOf(line.file));
    return take?.(signal).then(
      (landing) => landing && void this.#parts.set(index, landing),
      (error: unknown) => this.#failed(index, error),
    );
  }

  #failed(index: number, error: unknown): void {
    if (!(error instanceof InletError)) throw error;
    this.#parts.set(index, error);
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

  #acceptable(): ReadonlySet<number> {
    const { lines } = this.#options.invitation;
    const acceptable = lines.filter((line) => isReceivable(line) && this.#rulings.get(line.file.index)?.by !== "trust");
    return new Set(acceptable.map(({ file }) => file.index));
  }

  #input(input: OfferInput): void {
    const before = this.#state.phase;
    const { state, effects } = stepOffer(this.#state, input);
    this.#state = state;
    if (before === "deciding" && state.phase !== "deciding") {
      this.#decision?.[Symbol.dispose]();
      this.#environment.patch({ offers: { [this.offer.id]: null } });
    }
    for (const effect of effects) this.#run(effect);
    if (before !== "ended" && state.phase === "ended") this.#finish();
    else if (effects.some((effect) => effect.type === "settle")) this.#options.moved();
  }

  #run(effect: OfferEffect): void {
    switch (effect.type) {
      case "accept":
        this.#accept(effect.lines);
        break;
      case "reject":
        this.#options.source.reject(effect.status, effect.reason);
        break;
      case "settle":
        this.#settled(effect);
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

  /** A completed file is recorded together with its item. */
  #settled({ index, state: outcome, reason: why }: OfferEffect & { readonly type: "settle" }): void {
    const { store, notes } = this.#environment;
    const held = this.#held.get(index);
    if (outcome === "completed" && held !== undefined) {
      notes.write(() => {
        store.updateOfferFile(this.offer.id, index, { outcome: "receiving", ...this.#deciders.get(index) });
        recordHeld(this.#environment, this.offer, index, { ...held, ...this.#accepted(index) });
      });
    } else if (outcome !== "completed") {
      const transfer = outcome === "receiving" ? undefined : this.#transfers.get(index);
      const change: OfferFileChange = {
        outcome,
        ...(why && { reason: why }),
        ...this.#deciders.get(index),
        ...(transfer !== undefined && { received: transfer.received }),
        ...(why?.code === "INLET_TRANSFER_HASH_MISMATCH" && { verified: "no" }),
      };
      notes.write(() => store.updateOfferFile(this.offer.id, index, change));
    }
  }

  #accepted(index: number): Pick<Item, "acceptedBy" | "rule"> {
    const { decidedBy = "person", rule } = this.#deciders.get(index) ?? {};
    return decidedBy === "trust" ? {} : { acceptedBy: decidedBy, ...(rule !== undefined && { rule }) };
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
    const landing = this.#parts.get(index);
    if (landing instanceof InletError) throw landing;
    if (landing === undefined && isRest(line)) throw new InletError("INLET_TRANSFER_PART_MISSING");
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
      accepted: this.#accepted(index),
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
    this.#recheck?.abort.abort();
    if (this.#recheck === undefined) this.#options.over();
    else void this.#recheck.done.then(() => this.#options.over());
  }
}
