/**
 * What an agent spends on a MESSAGE that is stored before its 200, and on an INVITE until the offer is told; by turns with
 * the least that a stored MESSAGE can cost.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startAgent } from "@inlet/agent-core";
import { startBare } from "./bare.ts";

interface ServeRound {
  readonly what: string;
  readonly count: number;
  /** CPU milliseconds of the agent's process for each, user and system. */
  readonly cpu: number;
  readonly perSecond: number;
}

interface Job {
  readonly what: string;
  readonly method: "INVITE" | "MESSAGE";
  readonly count: number;
  readonly window: number;
}

const MESSAGES: readonly Job[] = [
  { what: "MESSAGE one by one", method: "MESSAGE", count: 2000, window: 1 },
  { what: "MESSAGE 64 at once", method: "MESSAGE", count: 4000, window: 64 },
];
/** Below LIMITS.openOffers. */
const OFFERS: Job = { what: "INVITE to offer", method: "INVITE", count: 180, window: 1 };
const LIMIT: Job = { what: "  the least: socket, one row, one flush", method: "MESSAGE", count: 2000, window: 1 };

export async function benchServe(rounds: number): Promise<ServeRound[]> {
  const found: ServeRound[] = [];
  for (let round = -1; round < rounds; round++) {
    const measured = [...(await serveOnce()), ...(await withCore(bareOnce))];
    // The first warms up.
    if (round >= 0) found.push(...measured);
  }
  return found;
}

interface Core {
  readonly port: number;
  readonly dir: string;
  registered(): Promise<unknown>;
  run(job: Job): Promise<ServeRound>;
}

async function withCore<T>(use: (core: Core) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./core.ts", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<Record<string, number>> => JSON.parse((await lines.next()).value ?? "{}");
  const dir = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const { port = 0 } = await said();
  const run = async ({ what, ...job }: Job): Promise<ServeRound> => {
    const before = process.cpuUsage();
    child.stdin.write(`${JSON.stringify(job)}\n`);
    const { seconds = 0 } = await said();
    const { user, system } = process.cpuUsage(before);
    return { what, count: job.count, cpu: (user + system) / 1000 / job.count, perSecond: job.count / seconds };
  };
  try {
    return await use({ port, dir, registered: said, run });
  } finally {
    child.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

const serveOnce = (): Promise<ServeRound[]> =>
  withCore(async ({ port, dir, registered, run }) => {
    const registrar = `sip:127.0.0.1:${port};transport=tcp`;
    const account = { aor: "sip:bob@example.net", registrar, password: "x", channels: false };
    const agent = await startAgent({ dataDir: join(dir, "data"), folder: join(dir, "in"), accounts: [account] });
    await registered();
    let offers = 0;
    agent.subscribe((told) => {
      if ("event" in told && told.event === "offer") offers++;
    });
    const found: ServeRound[] = [];
    for (const job of [...MESSAGES, OFFERS]) found.push(await run(job));
    const { items } = agent.state.counters;
    const expected = MESSAGES.reduce((sum, { count }) => sum + count, 0);
    if (items !== expected || offers !== OFFERS.count) throw new Error(`${items} items, ${offers} offers`);
    await agent.stop();
    return found;
  });

async function bareOnce({ port, dir, registered, run }: Core): Promise<ServeRound[]> {
  using _ = startBare(port, dir);
  await registered();
  return [await run(LIMIT)];
}
