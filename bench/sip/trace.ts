/** What recording a message costs: in the call that tells it, and with redaction, JSON and the disk until it is kept. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { Trace } from "@inlet/agent-core/trace";
import { inviteText } from "./messages.ts";

const COUNT = 1000;

/** Microseconds a message, one sample a round. */
export async function benchTrace(): Promise<{ readonly path: number[]; readonly whole: number[] }> {
  const dir = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const trace = new Trace(dir, { clock: systemClock, log: silentLog });
  const sink = trace.sink("sip:bob@example.net");
  const [head = "", body = ""] = inviteText(1).split("\r\n\r\n");
  const ends = { direction: "in", protocol: "TCP", local: "127.0.0.1:5070", remote: "127.0.0.1:5060" } as const;
  const message = { ...ends, head: Buffer.from(head), body: Buffer.from(body) };
  const path: number[] = [];
  const whole: number[] = [];
  for (let round = -3; round < 7; round++) {
    const before = process.cpuUsage();
    const start = performance.now();
    for (let i = 0; i < COUNT; i++) sink(message);
    const took = performance.now() - start;
    await trace.flushed();
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    path.push((took * 1000) / COUNT);
    whole.push((user + system) / COUNT);
  }
  await trace.close();
  rmSync(dir, { recursive: true, force: true });
  return { path, whole };
}
