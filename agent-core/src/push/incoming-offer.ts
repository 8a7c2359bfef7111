/**
 * Runs one offer: what it came by (`offer-source.ts`) on one side, the lines being received on the other,
 * `offer-machine.ts` between them.
 */
import type { AcceptMode, Offer } from "../contract/index.ts";
import { assertNever, InletError, LIMITS, millis, type Reason, randomToken } from "../kernel/index.ts";
import { freeSpace, type Landing } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { isRest, takePart } from "./going-on.ts";
import type { Icon, Invitation } from "./invitation.ts";
import { fileNameOf, LineTransfer } from "./line-transfer.ts";
import { newOffer, type OfferEffect, type OfferInput, type OfferState, stepOffer } from "./offer-machine.ts";
import type { OfferSource } from "./offer-source.ts";

export interface IncomingOfferOptions {
  readonly environment: PushEnvironment;
  readonly account: string;
  readonly source: OfferSource;
  readonly invitation: Invitation;
  readonly channel?: string;
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
  #acceptedBy: "person" | "setting" = "person";
  /** Parts of accepted files are read again; the answer waits for it. */
  #recheck: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  /** By line: what is here of its file, or why the line cannot be received. */
  readonly #parts = new Map<number, Landing | InletError>();
  #decision: Disposable | undefined;
  #grace: Disposable | undefined;

  constructor(options: IncomingOfferOptions) {
    const { environment, account, invitation, channel } = options;
    this.#options = options;
    this.#environment = environment;
    this.#state = newOffer(invitation.lines.length);
    const now = environment.clock.now();
    const { from, service, application, subject } = invitation;
    this.offer = {
      id: randomToken(96),
      account,
      from,
      ...(service !== undefined && { service }),
      ...(application !== undefined && { application }),
      ...(channel !== undefined && { channel }),
      ...(subject !== undefined && { subject }),
      files: invitation.lines.map((line) => line.file),
      receivedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + LIMITS.offerDecision).toISOString(),
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

  icon(index: number): Icon | undefined {
    return this.#options.invitation.lines[index]?.icon;
  }

  /** Records and tells the offer, then rings, or decides at once where the setting says so. */
  open(mode: AcceptMode): void {
    const { id, account, from, channel, receivedAt, files } = this.offer;
    this.#environment.store.recordOffer({
      id,
      account,
      from,
      ...(channel !== undefined && { channel }),
      receivedAt,
      files: files.map(({ index, name, type, size }) => ({
        index,
        name,
        ...(type !== undefined && { type }),
        ...(size !== undefined && { size }),
        outcome: "open",
      })),
    });
    this.#options.source.listen({
      withdrawn: () => this.#input({ type: "withdrawn" }),
      lineClosed: (index) => this.#input({ type: "lineClosed", index }),
      released: () => this.#input({ type: "released" }),
    });
    this.#environment.publish({ event: "offer", ...this.offer });
    if (mode === "ask") {
      this.#environment.patch({ offers: { [id]: this.offer } });
      this.#options.source.ring();
      this.#decision = this.#environment.clock.after(millis(LIMITS.offerDecision), () =>
        this.#input({ type: "expired" }),
      );
      return;
    }
    this.#acceptedBy = "setting";
    this.#decide(mode === "all" ? this.#acceptable() : new Set());
  }

  /** The person's decision. INLET_OFFER_UNKNOWN: too late. INLET_COMMAND_INVALID: such a line cannot be accepted. */
  decide(accept: readonly number[]): void {
    if (!this.deciding) throw new InletError("INLET_OFFER_UNKNOWN");
    const acceptable = this.#acceptable();
    const wrong = accept.find((index) => !acceptable.has(index));
    if (wrong !== undefined) throw new InletError("INLET_COMMAND_INVALID", `file ${wrong} cannot be accepted`);
    this.#decide(new Set(accept));
  }

  /** At once, unless there are parts to go on with: those are read again first. */
  #decide(accept: ReadonlySet<number>): void {
    const abort = new AbortController();
    const work = [...accept].flatMap((index) => {
      const line = this.#options.invitation.lines[index];
      const take = line && takePart(this.#environment, this.offer, line, fileNameOf(line.file));
      return take === undefined ? [] : [this.#takePart(index, take(abort.signal))];
    });
    if (work.length === 0) {
      this.#input({ type: "decided", accept });
      return;
    }
    const done = Promise.all(work).then(() => {
      this.#recheck = undefined;
      if (this.#state.phase === "deciding") this.#input({ type: "decided", accept });
      else for (const part of this.#parts.values()) if (!(part instanceof InletError)) part.keep();
    });
    done.catch((error: unknown) => this.#environment.log("error", "push.accept.failed", { error: `${error}` }));
    this.#recheck = { abort, done };
  }

  async #takePart(index: number, part: Promise<Landing | undefined>): Promise<void> {
    try {
      const landing = await part;
      if (landing !== undefined) this.#parts.set(index, landing);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#parts.set(index, error);
    }
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
    this.#input({ type: "stopping" });
  }

  #acceptable(): ReadonlySet<number> {
    const { lines } = this.#options.invitation;
    return new Set(lines.flatMap((line) => (line.media === undefined ? [] : [line.file.index])));
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
        // A completed file was recorded together with its item.
        if (effect.state !== "completed") {
          const { state: outcome, reason: why } = effect;
          this.#environment.store.updateOfferFile(this.offer.id, effect.index, {
            outcome,
            ...(why && { reason: why }),
          });
        }
        break;
      case "stopFile":
        this.#transfers.get(effect.index)?.stop(effect.reason);
        break;
      case "closeMedia":
        this.#transfers.get(effect.index)?.closeMedia();
        break;
      case "end": {
        const { outcome, reason: why } = effect;
        this.#environment.store.endOffer(this.offer.id, outcome, why);
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
        break;
      case "bye":
        this.#options.source.bye();
        break;
      default:
        assertNever(effect);
    }
  }

  #accept(lines: ReadonlySet<number>): void {
    const failures = new Map<number, Reason>();
    const disk = { free: freeSpace(this.#environment.folder) ?? Number.POSITIVE_INFINITY };
    for (const index of lines) {
      try {
        this.#transfers.set(index, this.#newTransfer(index, disk));
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

  /** `disk`: what lines accepted together leave for each other. */
  #newTransfer(index: number, disk: { free: number }): LineTransfer {
    const line = this.#options.invitation.lines[index];
    if (line?.media === undefined) throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA");
    const landing = this.#parts.get(index);
    if (landing instanceof InletError) throw landing;
    if (landing === undefined && isRest(line)) throw new InletError("INLET_TRANSFER_PART_MISSING");
    const needs = (line.file.size ?? 0) - (landing?.received ?? 0);
    if (needs > disk.free) {
      landing?.keep();
      throw new InletError("INLET_DISK_FULL", `${needs} octets needed, ${disk.free} free`);
    }
    disk.free -= needs;
    return new LineTransfer({
      environment: this.#environment,
      offer: this.offer,
      file: line.file,
      media: line.media,
      landing,
      acceptedBy: this.#acceptedBy,
      settled: (failure) =>
        this.#input(
          failure === undefined ? { type: "fileCompleted", index } : { type: "fileFailed", index, reason: failure },
        ),
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
