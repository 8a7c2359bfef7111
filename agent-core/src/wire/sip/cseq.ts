/** CSeq (RFC 3261 §20.16): a number below 2^31 and a method. */
import { isToken, syntax } from "./scan.ts";

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

export function parseCSeq(text: string): CSeq {
  const [digits, method, extra] = text.trim().split(/[ \t]+/, 3);
  const number = Number(digits);
  if (digits === undefined || !/^\d{1,10}$/.test(digits) || number >= 2 ** 31) throw syntax("CSeq number");
  if (method === undefined || extra !== undefined || !isToken(method)) throw syntax("CSeq method");
  return { number, method };
}
