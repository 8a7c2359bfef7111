/**
 * Who decides on each line of an offer: what rules and settings say of it when it arrives, and what came of that. A rule holds
 * where the person leaves it as it is.
 */
import type { DecidedBy, Item, OfferedFile, OfferRecord, RuleName } from "../contract/index.ts";
import { type EpochMillis, reason } from "../kernel/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { isReceivable, type Offered } from "./invitation.ts";
import { minuteOfDay, type Ruling, ruleOn } from "./rule.ts";

export interface Decider {
  readonly decidedBy: DecidedBy;
  readonly rule?: RuleName;
}

export class Verdicts {
  /** Of the lines that can be received. */
  readonly #rulings: ReadonlyMap<number, Ruling>;
  readonly #deciders = new Map<number, Decider>();

  /** `kept`: what was decided before Inlet stopped. */
  constructor(
    { rules, acceptMode }: Pick<PushEnvironment, "rules" | "acceptMode">,
    { from, service, application, lines }: Offered,
    { channel, now, kept }: { channel: string | undefined; now: EpochMillis; kept: OfferRecord["files"] | undefined },
  ) {
    const subject = { from, channel, service, application, minute: minuteOfDay(now) };
    this.#rulings = new Map(
      lines.filter(isReceivable).map(({ file: { index, type, size } }) => {
        return [index, ruleOn({ ...subject, type, size }, rules(), acceptMode())];
      }),
    );
    for (const { index, decidedBy, rule } of kept ?? [])
      if (decidedBy !== undefined) this.#deciders.set(index, { decidedBy, ...(rule !== undefined && { rule }) });
  }

  /** Lines of which rules and settings say so. */
  ruled(action: Ruling["action"]): ReadonlySet<number> {
    return new Set([...this.#rulings].flatMap(([index, ruling]) => (ruling.action === action ? [index] : [])));
  }

  /** Nothing is taken, for want of trust. */
  get untrusted(): boolean {
    return [...this.#rulings.values()].every(({ by }) => by === "trust");
  }

  /** Lines that the person may accept. */
  get acceptable(): ReadonlySet<number> {
    return new Set([...this.#rulings].flatMap(([index, { by }]) => (by === "trust" ? [] : [index])));
  }

  /** A file as it is offered to the person. */
  marked(file: OfferedFile): OfferedFile {
    const ruling = this.#rulings.get(file.index);
    if (ruling?.by === "trust") return { ...file, unacceptable: reason("INLET_OFFER_UNTRUSTED") };
    if (ruling?.rule === undefined || ruling.action === "ask") return file;
    return { ...file, ruling: { action: ruling.action, rule: ruling.rule } };
  }

  /** Rules and settings stand, but where they ask. */
  stand(): void {
    for (const [index, { by, action, rule }] of this.#rulings)
      if (action !== "ask") this.#deciders.set(index, { decidedBy: by, ...(rule && { rule }) });
  }

  /** The person has chosen these. */
  chosen(accept: ReadonlySet<number>): void {
    for (const [index, { by, action, rule }] of this.#rulings) {
      const asRuled = by !== "setting" && action === (accept.has(index) ? "accept" : "reject");
      this.#deciders.set(index, asRuled ? { decidedBy: by, ...(rule && { rule }) } : { decidedBy: "person" });
    }
  }

  decider(index: number): Decider | undefined {
    return this.#deciders.get(index);
  }

  /** What an item says of it. */
  accepted(index: number): Pick<Item, "acceptedBy" | "rule"> {
    const { decidedBy = "person", rule } = this.#deciders.get(index) ?? {};
    return decidedBy === "trust" ? {} : { acceptedBy: decidedBy, ...(rule !== undefined && { rule }) };
  }
}
