/** Several accounts in one agent: each has its own core, and what happens to one harms no other. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type StartedAgent, startAgent } from "./agent.ts";
import { header, RawCore } from "./testing/index.ts";

const dir = mkdtempSync(join(tmpdir(), "inlet-agent-accounts-"));
const BOB = "sip:bob@example.net";
const WORK = "sip:bob@work.example";
let home: RawCore;
let work: RawCore;
let agent: StartedAgent;

beforeEach(async () => {
  [home, work] = await Promise.all([RawCore.listen(), RawCore.listen()]);
  agent = await startAgent({
    dataDir: join(dir, "data"),
    folder: join(dir, "in"),
    accounts: [
      { aor: BOB, registrar: home.uri, password: "one", channels: false },
      { aor: WORK, registrar: work.uri, password: "two", channels: false },
    ],
  });
});

afterEach(async () => {
  for (const core of [home, work]) core.cut();
  await agent.stop();
  for (const core of [home, work]) await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

async function until(account: string, state: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (agent.state.accounts[account]?.state === state) resolve();
  };
  using _ = agent.subscribe(look);
  look();
  await promise;
}

test("both register, each with its own address, and what comes is kept apart", async () => {
  const [first, second] = await Promise.all([home.register(), work.register()]);
  expect(header(first, "To")).toBe(`<${BOB}>`);
  expect(header(second, "To")).toBe(`<${WORK}>`);
  await Promise.all([until(BOB, "registered"), until(WORK, "registered")]);
  home.request("MESSAGE", BOB, ["Content-Type: text/plain"], "from home");
  work.request("MESSAGE", WORK, ["Content-Type: text/plain"], "from work");
  await Promise.all([home.next("SIP/2.0 200"), work.next("SIP/2.0 200")]);
  const { items } = (await agent.execute("items.list", {})) as { items: { account: string; text?: string }[] };
  expect(items.map(({ account }) => account).sort()).toEqual([BOB, WORK].sort());
});

test("one that is refused, or loses its core, leaves the other alone", async () => {
  await home.register();
  await until(BOB, "registered");
  work.respond(await work.next("REGISTER"), "403 Forbidden");
  await until(WORK, "rejected");
  expect(agent.state.accounts[BOB]?.state).toBe("registered");
  await agent.execute("accounts.reconnect", { account: WORK });
  await work.register();
  await until(WORK, "registered");
  home.cut();
  await until(BOB, "lost");
  expect(agent.state.accounts[WORK]?.state).toBe("registered");
});

test("T8: sleep and waking are told to both", async () => {
  await Promise.all([home.register(), work.register()]);
  await Promise.all([until(BOB, "registered"), until(WORK, "registered")]);
  agent.suspended();
  await Promise.all([until(BOB, "lost"), until(WORK, "lost")]);
  agent.resumed();
  await Promise.all([home.register(), work.register()]);
  await Promise.all([until(BOB, "registered"), until(WORK, "registered")]);
});
