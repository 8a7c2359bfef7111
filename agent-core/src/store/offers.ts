/** The history of offers: recorded when they arrive, followed file by file, ended once. */
import type { DecidedBy, OfferRecord, Outcome, PushKind, Reason, RuleName, Verified } from "../contract/index.ts";
import { InletError, reason } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { type FileOutcome, interruptedFileOutcome, lateFileOutcome, offerOutcome } from "./offer-outcome.ts";
import {
  fromIso,
  type Page,
  type PartyColumns,
  paging,
  partyOf,
  partyParams,
  type ReasonColumns,
  type RuleColumns,
  reasonOf,
  reasonParams,
  ruleOf,
  ruleParams,
  toIso,
  withoutNulls,
} from "./row.ts";

type OfferFile = OfferRecord["files"][number];

export interface OfferFileChange {
  readonly outcome: FileOutcome;
  readonly reason?: Reason | undefined;
  /** The item it became; one that is recorded already. */
  readonly item?: string | undefined;
  /** What is not given stays as it is recorded. */
  readonly decidedBy?: DecidedBy | undefined;
  readonly rule?: RuleName | undefined;
  readonly received?: number | undefined;
  readonly verified?: Verified | undefined;
}

interface OfferRow extends PartyColumns, ReasonColumns {
  readonly seq: number;
  readonly id: string;
  readonly account: string;
  readonly channel: string | null;
  readonly service: string | null;
  readonly application: string | null;
  readonly session: string | null;
  readonly push: PushKind | null;
  readonly received_at: number;
  readonly ended_at: number | null;
  readonly outcome: Outcome | null;
}

interface FileRow extends ReasonColumns, RuleColumns {
  readonly idx: number;
  readonly name: string;
  readonly type: string | null;
  readonly size: number | null;
  readonly outcome: FileOutcome;
  readonly item: string | null;
  readonly decided_by: DecidedBy | null;
  readonly received: number | null;
  readonly verified: Verified | null;
}

/** `kept`: JSON that brings the offer back after a stop. */
export function recordOffer(db: Database, record: OfferRecord, kept?: string): void {
  db.transaction(() => {
    db.run(
      `INSERT INTO offers (id, account, from_uri, from_name, from_asserted, channel,
         service, application, session, push, received_at, ended_at, outcome, reason_code, reason_text)
       VALUES (:id, :account, :from_uri, :from_name, :from_asserted, :channel,
         :service, :application, :session, :push, :received_at, :ended_at, :outcome, :reason_code, :reason_text)`,
      {
        id: record.id,
        account: record.account,
        ...partyParams(record.from),
        channel: record.channel ?? null,
        service: record.service ?? null,
        application: record.application ?? null,
        session: record.session ?? null,
        push: record.push ?? null,
        received_at: fromIso(record.receivedAt),
        ended_at: record.endedAt === undefined ? null : fromIso(record.endedAt),
        outcome: record.outcome ?? null,
        ...reasonParams(record.reason),
      },
    );
    for (const file of record.files) insertFile(db, record.id, file);
    if (kept !== undefined)
      db.run("INSERT INTO links SELECT seq, :kept FROM offers WHERE id = :id", { id: record.id, kept });
  });
}

/** Offers to bring back, oldest first, with what was kept of them: those of which a file is not settled. */
export function openLinks(db: Database): { readonly record: OfferRecord; readonly kept: unknown }[] {
  const rows = db.all<OfferRow & { readonly kept: string }>(
    `SELECT offers.*, kept FROM offers JOIN links ON links.offer = seq WHERE ended_at IS NULL AND EXISTS (
       SELECT 1 FROM offer_files WHERE offer_files.offer = seq AND outcome IN ('open', 'receiving')) ORDER BY seq`,
  );
  return rows.map((row) => ({ record: toRecord(db, row), kept: JSON.parse(row.kept) as unknown }));
}

function insertFile(db: Database, offer: string, file: OfferFile): void {
  db.run(
    `INSERT INTO offer_files (offer, idx, name, type, size, outcome, reason_code, reason_text, item)
     VALUES ((SELECT seq FROM offers WHERE id = :offer), :idx, :name, :type, :size, :outcome,
       :reason_code, :reason_text, :item)`,
    {
      offer,
      idx: file.index,
      name: file.name,
      type: file.type ?? null,
      size: file.size ?? null,
      outcome: file.outcome,
      ...reasonParams(file.reason),
      item: file.item ?? null,
    },
  );
}

/** INLET_OFFER_UNKNOWN when there is no such offer or no such file in it. */
export function updateOfferFile(db: Database, offer: string, index: number, change: OfferFileChange): void {
  const changed = db.run(
    `UPDATE offer_files SET outcome = :outcome, reason_code = :reason_code, reason_text = :reason_text,
       item = coalesce(:item, item), decided_by = coalesce(:decided_by, decided_by),
       rule_id = coalesce(:rule_id, rule_id), rule_name = coalesce(:rule_name, rule_name),
       received = coalesce(:received, received), verified = coalesce(:verified, verified)
     WHERE offer = (SELECT seq FROM offers WHERE id = :offer) AND idx = :idx`,
    {
      offer,
      idx: index,
      outcome: change.outcome,
      ...reasonParams(change.reason),
      item: change.item ?? null,
      decided_by: change.decidedBy ?? null,
      ...ruleParams(change.rule),
      received: change.received ?? null,
      verified: change.verified ?? null,
    },
  );
  if (changed === 0) throw new InletError("INLET_OFFER_UNKNOWN");
}

/**
 * Ends an offer; files still open or receiving end with it, for the same reason. An offer ends once: false when it
 * had ended before, and then nothing changes. INLET_OFFER_UNKNOWN.
 */
export function endOffer(db: Database, id: string, outcome: Outcome, why: Reason | undefined, now: number): boolean {
  return db.transaction(() => {
    const params = { id, ...reasonParams(why) };
    const ended = db.run(
      `UPDATE offers SET ended_at = :now, outcome = :outcome, reason_code = :reason_code, reason_text = :reason_text
       WHERE id = :id AND ended_at IS NULL`,
      { ...params, outcome, now },
    );
    if (ended === 0) {
      if (db.get("SELECT 1 FROM offers WHERE id = :id", { id }) === undefined)
        throw new InletError("INLET_OFFER_UNKNOWN");
      return false;
    }
    db.run(
      `UPDATE offer_files SET outcome = :outcome, reason_code = :reason_code, reason_text = :reason_text
       WHERE offer = (SELECT seq FROM offers WHERE id = :id) AND outcome IN ('open', 'receiving')`,
      { ...params, outcome: lateFileOutcome(outcome) },
    );
    db.run("DELETE FROM links WHERE offer = (SELECT seq FROM offers WHERE id = :id)", { id });
    return true;
  });
}

/** Newest first. Offers that arrive meanwhile do not shift the pages. */
export function listOffers(db: Database, page: Page): { offers: OfferRecord[]; next?: string } {
  const { params, cut } = paging(page);
  const { page: rows, ...next } = cut(
    db.all<OfferRow>("SELECT * FROM offers WHERE seq < :before ORDER BY seq DESC LIMIT :rows", params),
  );
  return { offers: rows.map((row) => toRecord(db, row)), ...next };
}

export function findOffer(db: Database, id: string): OfferRecord | undefined {
  const row = db.get<OfferRow>("SELECT * FROM offers WHERE id = :id", { id });
  return row === undefined ? undefined : toRecord(db, row);
}

/** Offers without an end, oldest first: at start, those that Inlet was killed over. */
export function interruptedOffers(db: Database): OfferRecord[] {
  const rows = db.all<OfferRow>("SELECT * FROM offers WHERE ended_at IS NULL ORDER BY seq");
  return rows.map((row) => toRecord(db, row));
}

/** Ends them as their files say. Returns them as they are recorded now. */
export function closeInterrupted(db: Database, now: number): OfferRecord[] {
  const why = reason("INLET_INTERRUPTED");
  const lasting = new Set(openLinks(db).map(({ record }) => record.id));
  const interrupted = interruptedOffers(db).filter(({ id }) => !lasting.has(id));
  return interrupted.map((offer) => {
    const outcomes = offer.files.map((file) => interruptedFileOutcome(file.outcome));
    const outcome = offerOutcome(outcomes);
    db.transaction(() => {
      for (const [place, file] of offer.files.entries()) {
        const ended = outcomes[place];
        if (ended === undefined || ended === file.outcome) continue;
        updateOfferFile(db, offer.id, file.index, { outcome: ended, reason: why });
      }
      // The sender may have been told of every file before; then nothing was interrupted but the note of it.
      const untold = outcome === "completed" || outcome === "rejected";
      db.run(
        `UPDATE offers SET ended_at = :now, outcome = :outcome, reason_code = :reason_code, reason_text = :reason_text
         WHERE id = :id`,
        { id: offer.id, now, outcome, ...reasonParams(untold ? undefined : why) },
      );
    });
    const row = db.get<OfferRow>("SELECT * FROM offers WHERE id = :id", { id: offer.id });
    if (row === undefined) throw new Error("an offer vanished");
    return toRecord(db, row);
  });
}

function toRecord(db: Database, row: OfferRow): OfferRecord {
  const files = db.all<FileRow>("SELECT * FROM offer_files WHERE offer = :seq ORDER BY idx", { seq: row.seq });
  return {
    ...withoutNulls({ id: row.id, account: row.account, channel: row.channel, outcome: row.outcome }),
    ...withoutNulls({ service: row.service, application: row.application, session: row.session, push: row.push }),
    from: partyOf(row),
    receivedAt: toIso(row.received_at),
    ...(row.ended_at === null ? {} : { endedAt: toIso(row.ended_at) }),
    ...reasonOf(row),
    files: files.map((file) => toFile(file)),
  };
}

function toFile(row: FileRow): OfferFile {
  const { idx, name, type, size, outcome, item, received, verified } = row;
  return {
    index: idx,
    ...withoutNulls({ name, type, size, outcome, item, decidedBy: row.decided_by, received, verified }),
    ...ruleOf(row),
    ...reasonOf(row),
  };
}
