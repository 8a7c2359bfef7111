/** C3: a large database that was damaged while Inlet was off: it says so, stops, and goes on at the next start with what can be read. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type StartedAgent, startAgent } from "./agent.ts";
import type { AgentEvent } from "./contract/index.ts";
import { LIMITS, ManualClock, silentLog } from "./kernel/index.ts";
import { DATABASE_FILE, Store } from "./store/index.ts";

const BODY = Buffer.alloc(1024 * 1024, "x");

it("C3: found behind the start", async () => {
  const home = mkdtempSync(join(tmpdir(), "inlet-damaged-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const dataDir = join(home, "data");
  const count = LIMITS.storeCheckedAtOnce / BODY.length + 1;
  {
    using store = Store.open(dataDir, { clock: new ManualClock(), log: silentLog });
    for (let n = 0; n < count; n++)
      store.addItem({
        ...{ id: `m${n}`, account: "sip:bob@x", kind: "message", from: { uri: "sip:ann@x" }, name: "m", type: "a/b" },
        ...{ size: BODY.length, body: BODY, verified: "unstated", receivedAt: "2026-01-01T10:00:00.000Z" },
      });
  }
  const path = join(dataDir, DATABASE_FILE);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 20_000));

  const events: AgentEvent[] = [];
  const start = async (): Promise<StartedAgent> => {
    const agent = await startAgent({ dataDir, folder: join(home, "in"), accounts: [] });
    agent.subscribe((told) => void ("event" in told && events.push(told)));
    return agent;
  };
  const first = await start();
  await first.stopped;
  expect(events.find(({ event }) => event === "error")).toMatchObject({ code: "INLET_STORE_CORRUPT" });
  const second = await start();
  expect(second.state.counters.items).toBeGreaterThan(count - 3);
  await second.stop();
});
