/**
 * A fuzzer that knows what MSRP looks like: valid streams, and streams mutated in ways a peer could, through framer and
 * receive session. What must hold: only InletError is thrown; any cut gives the same; memory is bounded; what is said to be
 * whole is what was sent.
 *
 *   node agent-core/src/msrp/fuzz.ts [seconds] [seed]
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InletError, LIMITS } from "../kernel/index.ts";
import {
  type Flag,
  Framer,
  type FramerSink,
  headerOf,
  type MsrpHead,
  type MsrpRequest,
  parseByteRange,
  WHOLE_MESSAGE,
} from "../wire/msrp/index.ts";
import { Assembly } from "./assembly.ts";
import { RepeatedRequest } from "./repeated-request.ts";

const CORPUS = new URL("../wire/msrp/corpus/", import.meta.url);
const PATHS = "To-Path: msrp://a:1/t;tcp\r\nFrom-Path: msrp://b:2/f;tcp\r\n";

export interface FuzzResult {
  readonly runs: number;
  /** Streams that broke a rule, with the rule. */
  readonly found: readonly { readonly why: string; readonly stream: Buffer }[];
}

/** xorshift32: a seed gives the same run again. */
class Dice {
  #x: number;

  constructor(seed: number) {
    this.#x = seed | 1;
  }

  below(n: number): number {
    this.#x ^= this.#x << 13;
    this.#x ^= this.#x >>> 17;
    this.#x ^= this.#x << 5;
    return (this.#x >>> 0) % n;
  }

  of<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

const WORDS = [
  ...[
    "\r\n",
    "\r",
    "\n",
    "-------",
    "\r\n-------",
    "$",
    "+",
    "#",
    "MSRP ",
    " SEND",
    " REPORT",
    " 200 OK",
    ":",
    " ",
    "\0",
  ],
  ...[
    "Byte-Range: 1-*/*\r\n",
    "Byte-Range: 0-1/1\r\n",
    "Byte-Range: 9007199254740993-*/*\r\n",
    "To-Path: x\r\n",
    "*",
    "/",
  ],
  ...["99999999999999999999", "\xff\xfe", PATHS, "Content-Type: a/b\r\n\r\n", "Status: 000 413\r\n", "%", "\r\n\r\n"],
] as const satisfies readonly [string, ...string[]];

/** A message in chunks: cut, ordered and repeated anyhow. Never the octets of an end-line of its own. */
function validStream(dice: Dice): { readonly stream: Buffer; readonly content: Buffer } {
  const content = Buffer.from(Array.from({ length: dice.below(200) }, () => dice.of([13, 10, 45, 0, 255, 65])));
  const frames: string[] = [];
  const chunk = (start: number, end: number, flag: Flag): void => {
    const id = `f${dice.below(1e9)}.${frames.length}`;
    const range = dice.of([`${start + 1}-*/${content.length}`, `${start + 1}-${Math.max(end, start + 1)}/*`]);
    const shown = content.length === 0 ? "1-0/0" : range;
    const body = content.toString("latin1", start, end);
    frames.push(
      `MSRP ${id} SEND\r\n${PATHS}Message-ID: m\r\nByte-Range: ${shown}\r\nContent-Type: a/b\r\n\r\n${body}\r\n-------${id}${flag}\r\n`,
    );
  };
  const size = 1 + dice.below(60);
  for (let at = 0; at === 0 || at < content.length; at += size) {
    const end = Math.min(at + size, content.length);
    chunk(at, end, end === content.length ? "$" : "+");
    if (dice.below(4) === 0 && end < content.length) chunk(at, end, "+");
  }
  for (let i = frames.length - 1; i > 0 && dice.below(2) === 0; i--) {
    const other = dice.below(i + 1);
    [frames[i], frames[other]] = [frames[other] ?? "", frames[i] ?? ""];
  }
  return { stream: Buffer.from(frames.join(""), "latin1"), content };
}

function mutate(dice: Dice, stream: Buffer, other: Buffer): Buffer {
  let text = stream.toString("latin1");
  for (let n = 1 + dice.below(4); n > 0; n--) {
    const at = dice.below(text.length + 1);
    const length = dice.below(dice.of([2, 8, 80]));
    const end = text.slice(at + length);
    const middle = dice.of([
      () => dice.of(WORDS),
      () => "",
      () => text.slice(at, at + length).repeat(2 + dice.below(3)),
      () => String.fromCharCode(dice.below(256)),
      () => other.toString("latin1", dice.below(other.length + 1)).slice(0, 400),
      () => "x".repeat(dice.below(10_000)),
    ])();
    text = text.slice(0, at) + middle + end;
    if (text.length > 60_000) text = text.slice(0, 60_000);
  }
  return Buffer.from(text, "latin1");
}

interface Outcome {
  readonly told: string;
  /** The content of message "m", once it is whole. */
  readonly whole: Buffer | undefined;
}

/** What a session makes of a stream, cut as given. Its memory is what Inlet would hold: heads, ranges. */
function run(pieces: Iterable<Buffer>, fast: boolean): Outcome {
  const told: string[] = [];
  const messages = new Map<string, { readonly assembly: Assembly; content: Buffer }>();
  let whole: Buffer | undefined;
  let open: { readonly id: string; readonly start: number; received: number; digest: string[] } | undefined;
  const guard = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      told.push(error.code);
      if (open !== undefined) messages.delete(open.id);
      open = undefined;
    }
  };
  let last: MsrpRequest | undefined;
  const tell = (head: MsrpHead): void => {
    const others = head.headers.filter(([name]) => name !== "Byte-Range");
    told.push(JSON.stringify([head.kind, head.transactId, head.toPath, head.fromPath, others]));
    open = undefined;
  };
  const sink: FramerSink = {
    head: (head: MsrpHead) => {
      tell(head);
      if (head.kind === "request" && head.hasBody) last = head;
      if (head.kind !== "request" || head.method !== "SEND" || !head.hasBody) return;
      guard(() => {
        const text = headerOf(head, "Byte-Range");
        const range = text === undefined ? WHOLE_MESSAGE : parseByteRange(text);
        const id = headerOf(head, "Message-ID") ?? "";
        const known = messages.get(id) ?? { assembly: new Assembly(1_000_000), content: Buffer.alloc(0) };
        if (messages.size >= LIMITS.msrpMessages) messages.clear();
        messages.set(id, known);
        open = { id, start: range.start - 1, received: 0, digest: [] };
        known.assembly.open(range);
      });
    },
    body: (piece, offset) => {
      if (piece.length === 0) throw new Error("an empty piece");
      const chunk = open;
      const message = chunk === undefined ? undefined : messages.get(chunk.id);
      if (chunk === undefined || message === undefined) return;
      if (offset !== chunk.received) throw new Error(`offset ${offset} after ${chunk.received} octets`);
      // One octet at a time: where a limit strikes must not depend on the cut.
      for (let i = 0; i < piece.length && open !== undefined; i++) {
        const position = chunk.start + chunk.received;
        guard(() => message.assembly.take(position, 1));
        if (open === undefined) return;
        if (position >= message.content.length) {
          message.content = Buffer.concat([
            message.content,
            Buffer.alloc(position + 1 - message.content.length + 1024),
          ]);
        }
        message.content[position] = piece[i] ?? 0;
        chunk.received++;
      }
    },
    end: (flag) => {
      const chunk = open;
      told.push(`${flag}${chunk?.received ?? ""}`);
      const message = chunk === undefined ? undefined : messages.get(chunk.id);
      if (chunk === undefined || message === undefined || flag === "#") return;
      guard(() => message.assembly.close(chunk.start, chunk.start + chunk.received, flag === "$"));
      if (chunk.id === "m" && message.assembly.whole) whole = message.content.subarray(0, message.assembly.total ?? 0);
      open = undefined;
    },
  };
  // As a connection does it: a head that repeats the last is known by its numbers.
  const repeated = (transactId: string, start: number, end: number, total: number): boolean => {
    if (last?.method !== "SEND") return false;
    sink.head(new RepeatedRequest(last, transactId, start, end, total));
    return true;
  };
  const framer = new Framer(fast ? { ...sink, repeated } : sink);
  try {
    for (const piece of pieces) framer.push(piece);
    told.push(framer.idle ? "idle" : "unfinished");
  } catch (error) {
    if (!(error instanceof InletError)) throw error;
    told.push(error.code);
  }
  return { told: createHash("sha1").update(told.join("\n")).digest("hex"), whole };
}

function* cut(dice: Dice, stream: Buffer, longest: number): Generator<Buffer> {
  for (let at = 0; at < stream.length; ) {
    const end = at + 1 + dice.below(longest);
    yield stream.subarray(at, end);
    at = end;
  }
}

/** The rule that `stream` breaks, if it does. `content`: what it is known to carry. */
function verdict(dice: Dice, stream: Buffer, content: Buffer | undefined): string | undefined {
  try {
    const once = run([stream], false);
    if (content !== undefined && (once.whole === undefined || !once.whole.equals(content))) return "not what was sent";
    for (const longest of [1, 7, 300, Number.POSITIVE_INFINITY]) {
      const again = run(Number.isFinite(longest) ? cut(dice, stream, longest) : [stream], longest > 7);
      if (again.told !== once.told) return `cut at up to ${longest} octets it reads otherwise`;
      if (again.whole?.toString("latin1") !== once.whole?.toString("latin1")) return "another content when cut";
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** Runs for `millis`, at least over the whole corpus. */
export function fuzz(millis: number, seed: number): FuzzResult {
  const dice = new Dice(seed);
  const found: { readonly why: string; readonly stream: Buffer }[] = [];
  const corpus = readdirSync(CORPUS).map((name) => readFileSync(new URL(name, CORPUS)));
  let runs = 0;
  const look = (stream: Buffer, content?: Buffer): void => {
    runs++;
    const why = verdict(dice, stream, content);
    if (why !== undefined) found.push({ why, stream });
  };
  for (const stream of corpus) look(stream);
  const end = performance.now() + millis;
  while (performance.now() < end && found.length < 10) {
    const { stream, content } = validStream(dice);
    look(stream, content);
    const other = corpus[dice.below(corpus.length)] ?? stream;
    look(mutate(dice, stream, other));
    if (dice.below(8) === 0) look(mutate(dice, other, stream));
  }
  return { runs, found };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.argv[2] ?? 60);
  const seed = Number(process.argv[3] ?? Date.now());
  const { runs, found } = fuzz(seconds * 1000, seed);
  console.log(`${runs} streams in ${seconds} s, seed ${seed}: ${found.length} broke a rule`);
  for (const [i, { why, stream }] of found.entries()) {
    // Kept outside of the corpus: it is put there by hand, once understood.
    mkdirSync("fuzz-found", { recursive: true });
    writeFileSync(`fuzz-found/msrp-${seed}-${i}.bin`, stream);
    console.log(`fuzz-found/msrp-${seed}-${i}.bin: ${why}`);
  }
  process.exitCode = found.length === 0 ? 0 : 1;
}
