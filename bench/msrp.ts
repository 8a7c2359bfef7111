/**
 * How fast files come in, beside what this machine can do without any protocol, by turns in one run: single numbers of a
 * noisy machine say little, their relation does. Each file comes to a fresh process, whose code is compiled while the first
 * hundred MiB come.
 *
 *   node bench/msrp.ts [--size MiB] [--rounds n] [--json] [--check]
 *
 * `--check` ends with 1 where a target is missed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contentHash, MIB } from "./msrp/content.ts";
import { least, median, type Suite } from "./suite.ts";

interface Target {
  readonly name: string;
  /** 0: one for all. */
  readonly chunk: number;
  /** Of the speed without protocol. */
  readonly ratio: number;
  /** CPU seconds for a GiB. */
  readonly cpu?: number;
  /** Beside a limit that is encrypted too. */
  readonly tls?: boolean;
}

const TARGETS: readonly Target[] = [
  { name: "2 KiB", chunk: 2048, ratio: 0.5, cpu: 2 },
  { name: "10 KiB", chunk: 10_240, ratio: 0.7, cpu: 1.4 },
  { name: "64 KiB", chunk: 65_536, ratio: 0.8, cpu: 1.4 },
  { name: "1 MiB", chunk: MIB, ratio: 0.8, cpu: 1.4 },
  { name: "one chunk", chunk: 0, ratio: 0.8, cpu: 1.4 },
  { name: "TLS 10 KiB", chunk: 10_240, ratio: 0.75, tls: true },
  { name: "TLS 64 KiB", chunk: 65_536, ratio: 0.75, tls: true },
  { name: "TLS one", chunk: 0, ratio: 0.75, tls: true },
];
/** Growth of memory in MiB at any chunk size, and the event loop's delay in ms while four files come at once. */
const GROWTH = 32;
const P99 = 15;

interface Round {
  /** MB (10^6) a second. */
  readonly speed: number;
  /** CPU seconds for a GiB. */
  readonly cpu: number;
  readonly growth: number;
  readonly p99: number;
  readonly worst: number;
  /** CPU seconds for a GiB after the file was kept and its sender told: the hash that the offer did not state. */
  readonly later: number;
}

const script = (name: string): string => fileURLToPath(new URL(`./msrp/${name}.ts`, import.meta.url));

function start(name: string, job: unknown): { readonly child: ChildProcess; readonly line: () => Promise<unknown> } {
  const args = ["--disable-warning=ExperimentalWarning", script(name), JSON.stringify(job)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("no pipe");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`${name} ended without a word`);
    return JSON.parse(next.value);
  };
  return { child, line };
}

interface Run {
  readonly what: "limit" | "inlet";
  readonly chunk: number;
  readonly size: number;
  readonly hash: string;
  readonly count?: number;
  readonly tls?: boolean;
}

async function round({ what, chunk, size, hash, count = 1, tls = false }: Run): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const receiver = start("receiver", { what, folder, count, size, hash, tls });
  try {
    const { port, targets } = (await receiver.line()) as { port: number; targets: string[] };
    const generator = start("generator", { port, targets, size, chunk, tls });
    try {
      const took = receiver.line();
      took.catch(() => undefined);
      const { seconds } = (await generator.line()) as { seconds: number };
      const { failed, cpu, later, ...rest } = (await took) as Round & { failed?: string };
      if (failed !== undefined) throw new Error(failed);
      const octets = size * count;
      const perGib = (cost: number): number => (cost * 1024 * MIB) / octets;
      return { ...rest, cpu: perGib(cpu), later: perGib(later), speed: octets / 1e6 / seconds };
    } finally {
      generator.child.kill();
    }
  } finally {
    if (receiver.child.exitCode === null && receiver.child.kill()) await once(receiver.child, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

const of = (rounds: readonly Round[], field: keyof Round): number => median(rounds.map((r) => r[field]));

interface MsrpBench {
  readonly chunks: readonly {
    readonly name: string;
    readonly speed: number;
    readonly limit: number;
    readonly ratio: number;
    readonly cpu: number;
    /** CPU seconds for a GiB without protocol. */
    readonly limitCpu: number;
    readonly growth: number;
    readonly rounds: { readonly limit: readonly Round[]; readonly inlet: readonly Round[] };
  }[];
  /** Four files at once. */
  readonly four: {
    readonly speed: number;
    readonly p99: number;
    readonly worst: number;
    readonly growth: number;
    readonly rounds: readonly Round[];
  };
  readonly missed: readonly string[];
}

/** `size` in MiB. `tell` gets each line as it is known. */
async function benchMsrp(size: number, rounds: number, tell: (line: string) => void): Promise<MsrpBench> {
  const octets = size * MIB;
  const hash = contentHash(octets);
  const missed: string[] = [];
  const chunks: MsrpBench["chunks"][number][] = [];
  const want = (ok: boolean, what: string): string => {
    if (!ok) missed.push(what);
    return ok ? " " : "!";
  };
  tell(`MSRP, ${size} MiB, ${rounds} rounds by turns; medians, of CPU the least; MB = 10^6`);
  tell("chunks        MB/s   limit   ratio  CPU-s/GiB  limit  RSS growth");
  for (const { name, chunk, ratio, cpu = Number.POSITIVE_INFINITY, tls = false } of TARGETS) {
    const limits: Round[] = [];
    const inlets: Round[] = [];
    for (let i = 0; i < rounds; i++) {
      limits.push(await round({ what: "limit", chunk, size: octets, hash, tls }));
      inlets.push(await round({ what: "inlet", chunk, size: octets, hash, tls }));
    }
    const found = {
      name,
      speed: of(inlets, "speed"),
      limit: of(limits, "speed"),
      ratio: median(inlets.map((inlet, i) => inlet.speed / (limits[i]?.speed ?? 1))),
      // Whatever else runs only adds to it.
      cpu: least(inlets.map((r) => r.cpu)),
      limitCpu: least(limits.map((r) => r.cpu)),
      growth: of(inlets, "growth"),
      rounds: { limit: limits, inlet: inlets },
    };
    chunks.push(found);
    tell(
      `${name.padEnd(10)} ${found.speed.toFixed(0).padStart(7)} ${found.limit.toFixed(0).padStart(7)}` +
        ` ${found.ratio.toFixed(2).padStart(7)}${want(found.ratio >= ratio, `${name}: ratio ${ratio}`)}` +
        ` ${found.cpu.toFixed(2).padStart(8)}${want(found.cpu <= cpu, `${name}: ${cpu} CPU-s/GiB`)}` +
        ` ${found.limitCpu.toFixed(2).padStart(7)}` +
        ` ${found.growth.toFixed(0).padStart(8)} MiB${want(found.growth <= GROWTH, `${name}: ${GROWTH} MiB`)}`,
    );
  }
  const fours: Round[] = [];
  for (let i = 0; i < rounds; i++)
    fours.push(await round({ what: "inlet", chunk: 65_536, size: octets, hash, count: 4 }));
  const four = {
    speed: of(fours, "speed"),
    p99: of(fours, "p99"),
    worst: of(fours, "worst"),
    growth: of(fours, "growth"),
    rounds: fours,
  };
  tell(
    `four at once ${four.speed.toFixed(0).padStart(5)} MB/s; event loop delayed p99 ${four.p99.toFixed(1)} ms` +
      `${want(four.p99 <= P99, `four at once: p99 ${P99} ms`)}, at most ${four.worst.toFixed(1)} ms; RSS growth ${four.growth.toFixed(0)} MiB` +
      want(four.growth <= GROWTH, `four at once: ${GROWTH} MiB`),
  );
  const later = least(chunks.flatMap((c) => c.rounds.inlet.map((r) => r.later)));
  tell(`afterwards, once the sender has its answer: SHA-256, which is kept too, ${later.toFixed(2)} CPU-s/GiB`);
  tell(missed.length === 0 ? "every target met" : `missed: ${missed.join("; ")}`);
  return { chunks, four, missed };
}

/** As `npm run bench` runs it. */
export const suite: Suite = { title: "MSRP", run: (tell) => benchMsrp(1024, 3, tell) };

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      size: { type: "string", default: "1024" },
      rounds: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  });
  const tell = values.json ? () => undefined : (line: string) => console.log(line);
  const result = await benchMsrp(Number(values.size), Number(values.rounds), tell);
  if (values.json) console.log(JSON.stringify(result));
  return values.check && result.missed.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
