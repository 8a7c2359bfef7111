/**
 * S25: 5 000 INVITEs a second for ten seconds at `inlet serve`, while its user interface asks for the inbox and the core asks
 * for OPTIONS: how late both are answered, what becomes of the INVITEs, and what it costs in memory.
 *
 *   node bench/flood.ts [--json]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import type { Suite } from "./suite.ts";

const PER_SECOND = 5000;
const SECONDS = 10;
const ASK_EVERY = 50;

interface FloodResult {
  readonly sent: number;
  /** By status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly took: number;
  /** Milliseconds to the answer, sorted. */
  readonly options: readonly number[];
  readonly ui: readonly number[];
  /** MiB of the agent's process before and after. */
  readonly memory: readonly [number, number];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
const resident = (pid: number | undefined): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

async function benchFlood(): Promise<FloodResult> {
  const dir = mkdtempSync(join(tmpdir(), "inlet-flood-"));
  const core = spawn(process.execPath, [path("./flood/core.ts"), `${PER_SECOND}`, `${SECONDS}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said = createInterface({ input: core.stdout })[Symbol.asyncIterator]();
  const { port } = JSON.parse((await said.next()).value ?? "{}") as { port: number };
  const account = ["--aor", "sip:bob@example.net", "--registrar", `sip:127.0.0.1:${port};transport=tcp`];
  const places = ["--data", join(dir, "data"), "--folder", join(dir, "in"), "--log", "error"];
  const inlet = spawn(process.execPath, [path("../headless/src/inlet.ts"), "serve", ...account, ...places], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await addressOf(inlet.stdout);
    await said.next();
    const ui = await openInterface(url);
    const before = resident(inlet.pid);
    core.stdin.write("\n");
    const asking = setInterval(() => ui.ask(), ASK_EVERY);
    const { sent, answers, late, took } = JSON.parse((await said.next()).value ?? "{}") as {
      readonly [name in "sent" | "took"]: number;
    } & { readonly answers: Record<string, number>; readonly late: number[] };
    clearInterval(asking);
    const after = resident(inlet.pid);
    ui.close();
    return { sent, answers, took, options: late, ui: ui.waits.sort((a, b) => a - b), memory: [before, after] };
  } finally {
    inlet.kill();
    core.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What `serve` prints; the rest of its output is read and dropped. */
function addressOf(output: NodeJS.ReadableStream): Promise<URL> {
  return new Promise((resolve) => {
    createInterface({ input: output }).on("line", (line) => {
      const found = /http:\/\/\S+/.exec(line)?.[0];
      if (found !== undefined) resolve(new URL(found));
    });
  });
}

async function openInterface(url: URL): Promise<{ ask(): void; close(): void; readonly waits: number[] }> {
  const token = /token=([^&]+)/.exec(`${url.search}${url.hash}`)?.[1] ?? url.hash.slice(1);
  const socket = new WebSocket(`ws://${url.host}/agent`, ["inlet.v1", `token.${token}`], { origin: url.origin });
  const asked = new Map<number, number>();
  const waits: number[] = [];
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  socket.on("message", (data) => {
    const { id } = JSON.parse(data.toString()) as { id?: unknown };
    const began = typeof id === "number" ? asked.get(id) : undefined;
    if (began !== undefined) waits.push(performance.now() - began);
  });
  let id = 0;
  return {
    waits,
    ask() {
      asked.set(++id, performance.now());
      socket.send(JSON.stringify({ id, command: "items.list", params: { limit: 20 } }));
    },
    close: () => socket.close(),
  };
}

export const suite: Suite = {
  title: "SIP under a flood (S25)",
  async run(tell) {
    const { sent, answers, took, options, ui, memory } = await benchFlood();
    const counts = Object.entries(answers).map(([status, count]) => `${count} ${status}`);
    const ms = (sorted: readonly number[]): string =>
      `p50 ${at(sorted, 0.5).toFixed(0)}, p99 ${at(sorted, 0.99).toFixed(0)}, worst ${at(sorted, 1).toFixed(0)} ms`;
    tell(`${sent} INVITEs in ${(took / 1000).toFixed(1)} s: ${counts.join(", ")}`);
    tell(`the user interface answered after   ${ms(ui)} (${ui.length} asked)`);
    tell(`OPTIONS answered after              ${ms(options)} (${options.length} asked)`);
    tell(`memory of the agent                 ${memory[0].toFixed(0)} MiB before, ${memory[1].toFixed(0)} MiB after`);
    return { sent, answers, took, options, ui, memory };
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const json = process.argv.includes("--json");
  const result = await suite.run(json ? () => undefined : (line) => console.log(line));
  if (json) console.log(JSON.stringify(result));
}
