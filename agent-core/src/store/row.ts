/** Between rows and the contract: times, absent values, reasons, parties and page cursors, the same for every table. */
import type { Party, Reason, RuleName } from "../contract/index.ts";
import { InletError, LIMITS } from "../kernel/index.ts";

type NullKeys<T> = { [K in keyof T]: null extends T[K] ? K : never }[keyof T];
/** A row whose NULL columns are absent members. */
export type Present<T> = Omit<T, NullKeys<T>> & { [K in NullKeys<T>]?: Exclude<T[K], null> };

export function withoutNulls<T extends object>(row: T): Present<T> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Present<T>;
}

export const toIso = (time: number): string => new Date(time).toISOString();
export const fromIso = (time: string): number => {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new Error("not a timestamp");
  return ms;
};

export interface PartyColumns {
  readonly from_uri: string;
  readonly from_name: string | null;
  readonly from_asserted: string | null;
}

export const partyOf = (row: PartyColumns): Party =>
  withoutNulls({ uri: row.from_uri, name: row.from_name, asserted: row.from_asserted });

export const partyParams = (party: Party) => ({
  from_uri: party.uri,
  from_name: party.name ?? null,
  from_asserted: party.asserted ?? null,
});

export interface ReasonColumns {
  readonly reason_code: string | null;
  readonly reason_text: string | null;
}

export const reasonOf = ({ reason_code, reason_text }: ReasonColumns): { reason?: Reason } =>
  reason_code === null || reason_text === null ? {} : { reason: { code: reason_code, text: reason_text } };

export const reasonParams = (reason: Reason | undefined) => ({
  reason_code: reason?.code ?? null,
  reason_text: reason?.text ?? null,
});

export interface RuleColumns {
  readonly rule_id: string | null;
  readonly rule_name: string | null;
}

export const ruleOf = ({ rule_id, rule_name }: RuleColumns): { rule?: RuleName } =>
  rule_id === null || rule_name === null ? {} : { rule: { id: rule_id, name: rule_name } };

export const ruleParams = (rule: RuleName | undefined) => ({
  rule_id: rule?.id ?? null,
  rule_name: rule?.name ?? null,
});

export interface Page {
  readonly limit?: number | undefined;
  /** The `next` of the page before. */
  readonly before?: string | undefined;
}

const CURSOR = /^s([0-9a-z]{1,10})$/;
const DEFAULT_PAGE = 50;

/** Bounds of a keyset query, and what turns its rows (one more than asked for) into a page. */
export function paging({ limit = DEFAULT_PAGE, before }: Page) {
  const rows = Math.max(1, Math.min(Math.trunc(limit), LIMITS.page));
  return {
    params: { before: before === undefined ? Number.MAX_SAFE_INTEGER : seqOf(before), rows: rows + 1 },
    cut<Row extends { readonly seq: number }>(found: readonly Row[]): { page: readonly Row[]; next?: string } {
      const page = found.slice(0, rows);
      const last = page.at(-1);
      return found.length > rows && last !== undefined ? { page, next: `s${last.seq.toString(36)}` } : { page };
    },
  };
}

function seqOf(cursor: string): number {
  const digits = CURSOR.exec(cursor)?.[1];
  if (digits === undefined) throw new InletError("INLET_COMMAND_INVALID", "before");
  return Number.parseInt(digits, 36);
}
