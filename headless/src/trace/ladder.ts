/**
 * The exchange as a ladder: Inlet on the left, a column for each peer, an arrow for each message. Thin arrows are
 * retransmissions; a cross marks a failure. MSRP peers are told apart by host, since each connection has a port of its own.
 */
import type { TraceMessage } from "@inlet/agent-core/contract";
import { plain } from "../terminal/plain.ts";

/** What an arrow needs beside its label: both ends, its head and a dash on either side. */
const ROOM = 8;
const NARROWEST = 24;
const LABEL = 72;

interface Column {
  readonly name: string;
  readonly at: number;
}

export function ladder(messages: readonly TraceMessage[], repeated: ReadonlySet<string>): string {
  const columns = columnsOf(messages);
  const lines = [header(columns)];
  let day = "";
  for (const message of messages) {
    const [date = "", time = ""] = message.time.split("T");
    if (date !== day) lines.push(rungs(`${date}`, columns));
    day = date;
    lines.push(arrow(message, time.replace("Z", ""), columns, repeated.has(message.id)));
  }
  return `${lines.join("\n")}\n`;
}

const TIME = 14;

function columnsOf(messages: readonly TraceMessage[]): readonly Column[] {
  const widths = new Map<string, number>();
  for (const message of messages) {
    const name = peerOf(message);
    widths.set(name, Math.max(widths.get(name) ?? NARROWEST, labelOf(message).length + ROOM, name.length + 2));
  }
  const columns: Column[] = [{ name: "Inlet", at: TIME + 2 }];
  for (const [name, width] of widths) columns.push({ name, at: (columns.at(-1)?.at ?? 0) + width });
  return columns;
}

function peerOf({ protocol, remote }: TraceMessage): string {
  const msrp = protocol.startsWith("MSRP");
  return `${protocol} ${msrp ? remote.replace(/:\d+$/, "") : remote}`;
}

const labelOf = ({ summary, failed }: TraceMessage): string => `${failed ? "✗ " : ""}${plain(summary, LABEL)}`;

function header(columns: readonly Column[]): string {
  let line = "";
  for (const { name, at } of columns) line = `${line.padEnd(at - Math.floor(name.length / 2))}${name}  `;
  return line.trimEnd();
}

/** The verticals, with a text before the first. */
function rungs(text: string, columns: readonly Column[]): string {
  let line = text;
  for (const { at } of columns) line = `${line.padEnd(at)}│`;
  return line;
}

function arrow(message: TraceMessage, time: string, columns: readonly Column[], thin: boolean): string {
  const cells = [...rungs(time, columns)];
  const from = columns[0]?.at ?? 0;
  const to = columns.find(({ name }) => name === peerOf(message))?.at ?? from;
  for (let at = from + 1; at < to; at++) cells[at] = thin ? "╌" : "─";
  if (message.direction === "out") cells[to - 1] = "▶";
  else cells[from + 1] = "◀";
  const label = ` ${labelOf(message)} `;
  cells.splice(from + Math.max(2, Math.floor((to - from - label.length) / 2) + 1), label.length, ...label);
  return cells.join("");
}
