/**
 * Byte-Range (RFC 4975 §7.1.1, §9): `start-end/total`, octets counted from 1, `*` for what is not known.
 * Refuses start 0, an end further before the start than in an empty chunk (`1-0`, `11-10`), and anything beyond the total.
 * A start one past the total is legal: it is how a sender that ran out of data ends with an empty chunk.
 */
import { InletError } from "../../kernel/index.ts";

export interface ByteRange {
  readonly start: number;
  /** Of no binding force: a relay may cut a chunk after its head has gone out. */
  readonly end?: number;
  readonly total?: number;
}

const RANGE = /^(\d{1,16})-(\d{1,16}|\*)\/(\d{1,16}|\*)$/;

const numeral = (text: string): number | undefined => {
  if (text === "*") return undefined;
  const n = Number(text);
  if (!Number.isSafeInteger(n)) throw new InletError("INLET_MSRP_RANGE", "Byte-Range too large");
  return n;
};

/** Throws INLET_MSRP_RANGE. */
export function parseByteRange(text: string): ByteRange {
  const match = RANGE.exec(text);
  if (match === null) throw new InletError("INLET_MSRP_RANGE", "Byte-Range");
  const start = numeral(match[1] ?? "") ?? 0;
  const end = numeral(match[2] ?? "*");
  const total = numeral(match[3] ?? "*");
  if (start === 0) throw new InletError("INLET_MSRP_RANGE", "Byte-Range starts at 0");
  if (end !== undefined && end < start - 1) {
    throw new InletError("INLET_MSRP_RANGE", "Byte-Range ends before it starts");
  }
  if (total !== undefined && (start > total + 1 || (end !== undefined && end > total))) {
    throw new InletError("INLET_MSRP_RANGE", "Byte-Range beyond its total");
  }
  return { start, ...(end === undefined ? {} : { end }), ...(total === undefined ? {} : { total }) };
}

export const formatByteRange = (range: ByteRange): string => `${range.start}-${range.end ?? "*"}/${range.total ?? "*"}`;

/** What a SEND without Byte-Range means. */
export const WHOLE_MESSAGE: ByteRange = { start: 1 };
