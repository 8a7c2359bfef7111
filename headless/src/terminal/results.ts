/** What became of each file for each receiver: a sentence when all is well, else a table; or lines of JSON. */
import { jsonLine } from "@inlet/agent-core/kernel";
import type { PushResult } from "@inlet/provider";
import { plain } from "./plain.ts";

/** Of a link the receiver has the address: no more was asked of it. */
const isDone = ({ outcome, method }: PushResult): boolean =>
  outcome === "confirmed" || (outcome === "delivered" && method === "indirect");

export const allDone = (results: readonly PushResult[]): boolean => results.length > 0 && results.every(isDone);

export const resultLines = (results: readonly PushResult[]): string =>
  results.map(({ to, file, method, outcome, reason }) => jsonLine({ to, file, method, outcome, reason })).join("");

export function resultTable(results: readonly PushResult[]): string {
  if (allDone(results)) {
    const what = results.some(({ method }) => method === "indirect") ? "taken over" : "confirmed";
    return `${results.length === 1 ? "The file was" : `All ${results.length} files were`} ${what}.\n`;
  }
  const several = new Set(results.map(({ to }) => to)).size > 1;
  const rows = results.map(({ to, file, outcome, reason }) => [
    outcome,
    ...(several ? [plain(to, 200)] : []),
    `${plain(file, 500)}${reason === undefined ? "" : `  ${plain(reason.text, 500)} [${reason.code}]`}`,
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return rows.map((row) => `${line(row)}\n`).join("");
}
