/** What an agent spends on a MESSAGE that is stored before its 200, and on an INVITE until the offer is told. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startAgent } from "@inlet/agent-core";

export interface ServeRound {
  readonly what: string;
  readonly count: number;
  /** CPU milliseconds of the agent's process for each, user and system. */
  readonly cpu: number;
  readonly perSecond: number;
}

const JOBS = [
  { what: "MESSAGE one by one", method: "MESSAGE", count: 1000, window: 1 },
  { what: "MESSAGE 64 at once", method: "MESSAGE", count: 4000, window: 64 },
] as const;
/** Below LIMITS.openOffers. */
const OFFERS = { what: "INVITE to offer", method: "INVITE", count: 180, window: 1 } as const;

export async function benchServe(rounds: number): Promise<ServeRound[]> {
  const found: ServeRound[] = [];
  for (let round = -1; round < rounds; round++) {
    const measured = await serveOnce();
    // The first warms up.
    if (round >= 0) found.push(...measured);
  }
  return found;
}

async function serveOnce(): Promise<ServeRound[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./core.ts", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<Record<string, number>> => JSON.parse((await lines.next()).value ?? "{}");
  const dir = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const { port } = await said();
  const registrar = `sip:127.0.0.1:${port};transport=tcp`;
  const account = { aor: "sip:bob@example.net", registrar, password: "x", channels: false };
  const agent = await startAgent({ dataDir: join(dir, "data"), folder: join(dir, "in"), accounts: [account] });
  await said();
  const found: ServeRound[] = [];
  let offers = 0;
  agent.subscribe((told) => {
    if ("event" in told && told.event === "offer") offers++;
  });
  for (const { what, ...job } of [...JOBS, OFFERS]) {
    const before = process.cpuUsage();
    child.stdin.write(`${JSON.stringify(job)}\n`);
    const { seconds = 0 } = await said();
    const { user, system } = process.cpuUsage(before);
    found.push({ what, count: job.count, cpu: (user + system) / 1000 / job.count, perSecond: job.count / seconds });
  }
  const { items } = agent.state.counters;
  const expected = JOBS.reduce((sum, { count }) => sum + count, 0);
  if (items !== expected || offers !== OFFERS.count) throw new Error(`${items} items, ${offers} offers`);
  child.kill();
  await agent.stop();
  rmSync(dir, { recursive: true, force: true });
  return found;
}
