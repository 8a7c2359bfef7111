/**
 * What a process asked of the disk, in its order, as strace wrote it down: SQLite's own calls among them, which the preload does
 * not see. From it follows what is on disk at any moment if only what was flushed counts.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,unlink";

/** The command before the agent's own; its process stays the one that is started. `prefix`: of the files that it writes. */
export const recorder = (prefix: string): readonly string[] => [
  ...["strace", "-D", "-ff", "-y", "-xx", "-s", "8192", "--seccomp-bpf", "-e", `trace=${CALLS}`, "-o", prefix],
];

export function canRecord(): boolean {
  try {
    execFileSync("strace", ["-f", "--seccomp-bpf", "-e", "trace=none", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export type Call =
  | { readonly call: "write"; readonly path: string; readonly at: number | undefined; readonly bytes: Buffer }
  | { readonly call: "flush"; readonly path: string }
  | { readonly call: "cut"; readonly path: string; readonly length: number }
  | { readonly call: "remove"; readonly path: string };

const text = (hex: string): string => bytesOf(hex).toString("latin1");
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll("\\x", ""), "hex");

const WRITE = /^p?write(?:64)?\(\d+<([^>]*)>, "([^"]*)"(?:\.\.\.)?, \d+(?:, (\d+))?\) += (\d+)/;
const FLUSH = /^f(?:data)?sync\(\d+<([^>]*)>\) += 0/;
const CUT = /^ftruncate\(\d+<([^>]*)>, (\d+)\) += 0/;
const REMOVE = /^unlink\("([^"]*)"\) += 0/;

function readCall(line: string): Call | undefined {
  const [, to, hex = "", at, count] = WRITE.exec(line) ?? [];
  if (to !== undefined) {
    const bytes = bytesOf(hex).subarray(0, Number(count));
    return { call: "write", path: text(to), at: at === undefined ? undefined : Number(at), bytes };
  }
  const flushed = FLUSH.exec(line)?.[1];
  if (flushed !== undefined) return { call: "flush", path: text(flushed) };
  const [, cut, length] = CUT.exec(line) ?? [];
  if (cut !== undefined) return { call: "cut", path: text(cut), length: Number(length) };
  const removed = REMOVE.exec(line)?.[1];
  return removed === undefined ? undefined : { call: "remove", path: text(removed) };
}

/** The calls of the thread that wrote to `database`; undefined as long as its record has no end. */
export function readRecord(prefix: string, database: string): readonly Call[] | undefined {
  for (const name of readdirSync(dirname(prefix))) {
    if (!name.startsWith(`${basename(prefix)}.`)) continue;
    const lines = readFileSync(join(dirname(prefix), name), "latin1").split("\n");
    const calls = lines.flatMap((line) => readCall(line) ?? []);
    if (!calls.some(({ call, path }) => call === "write" && path === database)) continue;
    return lines.some((line) => line.startsWith("+++")) ? calls : undefined;
  }
  return undefined;
}

/** Path → content, of what starts with `prefix`, when the power fails behind these calls. */
export function afterPowerLoss(calls: readonly Call[], prefix: string): ReadonlyMap<string, Buffer> {
  const written = new Map<string, Buffer>();
  const flushed = new Map<string, Buffer>();
  for (const one of calls) {
    if (!one.path.startsWith(prefix)) continue;
    const now = written.get(one.path) ?? Buffer.alloc(0);
    if (one.call === "write" && one.at !== undefined) {
      const next = Buffer.alloc(Math.max(now.length, one.at + one.bytes.length));
      now.copy(next);
      one.bytes.copy(next, one.at);
      written.set(one.path, next);
    } else if (one.call === "cut") {
      written.set(one.path, Buffer.concat([now, Buffer.alloc(one.length)], one.length));
    } else if (one.call === "flush") flushed.set(one.path, now);
    else if (one.call === "remove") for (const all of [written, flushed]) all.delete(one.path);
  }
  return flushed;
}
