/**
 * The trace on disk: `trace.jsonl` grows to LIMITS.traceFile, then becomes `trace.1.jsonl`, whose predecessor goes (attack
 * K6). JSON lines, readable by another process at any time. A line that was torn by a crash is passed over.
 */
import { type FileHandle, open, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type TraceMessage, traceMessage } from "../contract/index.ts";
import { LIMITS } from "../kernel/index.ts";

const current = (dataDir: string): string => join(dataDir, "trace.jsonl");
const previous = (dataDir: string): string => join(dataDir, "trace.1.jsonl");

export class TraceFile {
  readonly #dataDir: string;
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Whole lines, one call at a time. Rejects with what the file system says. */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    if (this.#handle === undefined) await this.#open();
    if (this.#size > 0 && this.#size + bytes.length > LIMITS.traceFile) await this.#rotate();
    await this.#handle?.appendFile(bytes);
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<void> {
    // The person's alone: it holds who wrote to them, and what.
    const handle = await open(current(this.#dataDir), "a", 0o600);
    this.#handle = handle;
    this.#size = (await handle.stat()).size;
    // The last line of a process that was killed may have no end.
    if (this.#size > 0) await handle.appendFile("\n");
  }

  async #rotate(): Promise<void> {
    await this.close();
    // Windows does not rename onto a file that is there.
    await unlink(previous(this.#dataDir)).catch(() => undefined);
    await rename(current(this.#dataDir), previous(this.#dataDir));
    await this.#open();
  }
}

/** What a data folder's trace holds, oldest first; nothing when there is none. Works beside a running agent. */
export async function readTrace(dataDir: string): Promise<TraceMessage[]> {
  const messages: TraceMessage[] = [];
  const known = new Set<string>();
  for (const path of [previous(dataDir), current(dataDir)]) {
    const text = await readFile(path, "utf8").catch(() => "");
    for (const line of text.split("\n")) {
      const message = parseLine(line);
      // A rotation between the two reads shows the same lines twice.
      if (message === undefined || known.has(message.id)) continue;
      known.add(message.id);
      messages.push(message);
    }
  }
  return messages.slice(-LIMITS.traceRecords);
}

function parseLine(line: string): TraceMessage | undefined {
  if (line === "") return undefined;
  try {
    return traceMessage.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
