/** The exchange as text: for each message a line that says when, between whom and how, then what was said. */
import type { TraceMessage } from "@inlet/agent-core/contract";
import { plain } from "../terminal/plain.ts";

export function wholeText(messages: readonly TraceMessage[], repeated: ReadonlySet<string>): string {
  return messages.map((message) => `${heading(message, repeated.has(message.id))}\n${said(message.text)}\n\n`).join("");
}

function heading({ time, direction, protocol, local, remote, account, size }: TraceMessage, again: boolean): string {
  const ends = direction === "out" ? `${local} → ${remote}` : `${remote} → ${local}`;
  const words = [time, direction === "out" ? "sent" : "received", ends, protocol, account, `${size} octets`];
  return `=== ${words.filter((word) => word !== undefined && word !== "").join("  ")}${again ? "  again" : ""}`;
}

/** Line by line, so that a peer's characters cannot move the cursor. */
const said = (text: string): string =>
  text
    .trimEnd()
    .split(/\r\n|\r|\n/)
    .map((line) => plain(line.replaceAll("\t", "    "), 16_384))
    .join("\n");
