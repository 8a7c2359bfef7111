/**
 * The recorded exchange of an agent: taken in at once, written in batches, never waited for. Nothing of it is kept in memory
 * until somebody looks; from then on it is a ring (LIMITS.traceRecords, LIMITS.traceOctets). A process that is killed loses
 * the last batch, a disk that fails loses what it did not take: the trace is there to look at, and holds nothing up.
 */
import type { TraceEntry, TraceMessage } from "../contract/index.ts";
import {
  type Clock,
  InletError,
  jsonLine,
  LIMITS,
  type Log,
  millis,
  randomToken,
  type TracedMessage,
  type TraceSink,
} from "../kernel/index.ts";
import { messageText } from "./message-text.ts";
import { repeats, selectTrace, type TraceSelection } from "./select.ts";
import { summarize } from "./summary.ts";
import { readTrace, TraceFile } from "./trace-file.ts";

export interface TraceQuery extends TraceSelection {
  readonly limit?: number | undefined;
  readonly before?: string | undefined;
}

export interface TraceOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a batch gathers, and what it gathers at most before it is written. */
const BATCH = 200;
const BATCH_OCTETS = 64 * 1024;

type Waiting = Omit<TraceMessage, "summary" | "failed" | "callId" | "time"> & {
  readonly time: number;
  readonly malformed: boolean;
};

export class Trace implements AsyncDisposable {
  readonly #dataDir: string;
  readonly #options: TraceOptions;
  readonly #file: TraceFile;
  /** Ids of two processes never meet. */
  readonly #run = randomToken(48);
  #count = 0;
  #waiting: Waiting[] = [];
  #waitingOctets = 0;
  /** A batch is large enough, and about to be written. */
  #full = false;
  #lost = 0;
  #timer: Disposable | undefined;
  #writing: Promise<void> = Promise.resolve();
  #loading: Promise<void> | undefined;
  #ring: TraceMessage[] | undefined;
  #ringOctets = 0;
  #closed = false;

  constructor(dataDir: string, options: TraceOptions) {
    this.#dataDir = dataDir;
    this.#options = options;
    this.#file = new TraceFile(dataDir);
  }

  /** What the sockets of one account, or of none, tell their messages to. */
  sink(account?: string): TraceSink {
    return (message) => this.#record(message, account);
  }

  /** Newest first. `before`: the `next` of the page before. A page behind what the ring still holds is empty. */
  async list(query: TraceQuery = {}): Promise<{ messages: TraceEntry[]; next?: string }> {
    const ring = await this.#load();
    const { limit = 100, before } = query;
    const repeated = repeats(ring);
    const chosen = selectTrace(ring, query);
    const end = before === undefined ? chosen.length : chosen.findIndex(({ id }) => id === before);
    const start = Math.max(0, end - limit);
    const page = chosen.slice(start, Math.max(0, end)).reverse();
    const last = page.at(-1);
    return {
      messages: page.map(({ text: _, ...entry }) => ({ ...entry, repeated: repeated.has(entry.id) })),
      ...(start > 0 && last !== undefined && { next: last.id }),
    };
  }

  /** INLET_TRACE_UNKNOWN when there is none, or no more. */
  async get(id: string): Promise<TraceMessage> {
    const ring = await this.#load();
    const found = ring.find((message) => message.id === id);
    if (found === undefined) throw new InletError("INLET_TRACE_UNKNOWN");
    return found;
  }

  /** Resolves when all that was told is written. */
  flushed(): Promise<void> {
    this.#flush();
    return this.#writing;
  }

  /** Writes what waits, and ends. What is told afterwards is not kept. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#flush();
    await this.#writing;
    await this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #record(message: TracedMessage, account: string | undefined): void {
    if (this.#closed) return;
    const { direction, protocol, local, remote, malformed = false } = message;
    const text = messageText(message);
    // A disk slower than the network: the oldest that wait are given up, memory stays bounded.
    while (this.#waitingOctets + text.length > LIMITS.traceWaiting) {
      const dropped = this.#waiting.shift();
      if (dropped === undefined) break;
      this.#waitingOctets -= dropped.text.length;
      this.#lost++;
    }
    const id = `${this.#run}-${++this.#count}`;
    const time = this.#options.clock.now();
    const size = message.head.length + (message.body === undefined ? 0 : message.body.length + 4);
    const who = account === undefined ? {} : { account };
    this.#waiting.push({ id, time, direction, protocol, ...who, local, remote, size, text, malformed });
    this.#waitingOctets += text.length;
    this.#timer ??= this.#options.clock.after(millis(BATCH), () => this.#flush());
    if (this.#full || this.#waitingOctets < BATCH_OCTETS) return;
    this.#full = true;
    this.#flush();
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const waiting = this.#waiting;
    this.#full = false;
    if (waiting.length === 0) return;
    if (this.#lost > 0) this.#options.log("warn", "trace.lost", { messages: this.#lost });
    this.#lost = 0;
    this.#waiting = [];
    this.#waitingOctets = 0;
    const messages = waiting.map(finished);
    if (this.#ring !== undefined) this.#keep(messages);
    try {
      await this.#file.append(messages.map(jsonLine).join(""));
    } catch (error) {
      await this.#file.close().catch(() => undefined);
      this.#options.log("warn", "trace.notWritten", { code: (error as NodeJS.ErrnoException).code });
    }
  }

  /** What waits is in it as well. */
  async #load(): Promise<readonly TraceMessage[]> {
    this.#flush();
    this.#loading ??= this.#writing.then(async () => {
      const messages = await readTrace(this.#dataDir);
      this.#ring = [];
      this.#keep(messages);
    });
    // Writing waits for the reading, so that no batch falls between the two.
    this.#writing = Promise.all([this.#writing, this.#loading]).then(() => undefined);
    await this.#writing;
    return this.#ring ?? [];
  }

  #keep(messages: readonly TraceMessage[]): void {
    const ring = this.#ring ?? [];
    for (const message of messages) {
      ring.push(message);
      this.#ringOctets += message.text.length;
    }
    let gone = Math.max(0, ring.length - LIMITS.traceRecords);
    for (const { text } of ring.slice(0, gone)) this.#ringOctets -= text.length;
    for (; this.#ringOctets > LIMITS.traceOctets && gone < ring.length; gone++)
      this.#ringOctets -= ring[gone]?.text.length ?? 0;
    ring.splice(0, gone);
  }
}

function finished({ malformed, time, ...message }: Waiting): TraceMessage {
  return { ...message, time: new Date(time).toISOString(), ...summarize(message.text, malformed) };
}
