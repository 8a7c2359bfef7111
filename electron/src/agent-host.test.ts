/** The two sides of the agent's process, with a real process between them; only Electron's fork is Node's. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reason } from "@inlet/agent-core/kernel";
import { RawCore } from "@inlet/agent-core/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AgentHost } from "./agent-host.ts";
import type { AgentConfig } from "./messages.ts";

const ENTRY = fileURLToPath(new URL("./testing/utility-process.ts", import.meta.url));
const children: ChildProcess[] = [];

vi.mock("electron", () => ({
  utilityProcess: {
    fork: (entry: string) => {
      const child = fork(entry, [], { stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: [] });
      children.push(child);
      return Object.assign(child, {
        postMessage: (message: unknown) => child.send(message as object),
      });
    },
  },
}));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "inlet-host-"));
});
afterEach(async () => {
  const running = children.splice(0).filter((child) => child.exitCode === null && child.signalCode === null);
  await Promise.all(running.map((child) => [once(child, "exit"), child.kill("SIGKILL")][0]));
  await rm(dir, { recursive: true, force: true });
});

function setUp(accounts: AgentConfig["accounts"] = []) {
  const happened: string[] = [];
  let wake: () => void = () => undefined;
  const note = (what: string): void => {
    happened.push(what);
    wake();
  };
  const host = new AgentHost(
    ENTRY,
    { dataDir: join(dir, "data"), folder: join(dir, "in"), accounts },
    {
      onRestart: () => note("restart"),
      onStopped: () => note("stopped"),
      onFailure: (why: Reason | undefined) => note(`failure ${why?.code}`),
      onEvent: ({ event }) => note(event),
    },
  );
  async function until(what: string): Promise<void> {
    while (!happened.includes(what)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    happened.splice(0, happened.indexOf(what) + 1);
  }
  return { host, happened, until };
}

test("it starts, tells events, answers commands, and ends when it is stopped", async () => {
  const { host, until, happened } = setUp();
  await until("ready");
  expect(await host.request("items.list", {})).toMatchObject({ result: { items: [] } });
  expect(await host.request("items.get", { id: "nothing" })).toMatchObject({ error: { code: "INLET_ITEM_UNKNOWN" } });
  await host.stop();
  expect(children.at(-1)?.exitCode).toBe(0);
  expect(happened).toEqual([]);
  expect(await host.request("items.list", {})).toMatchObject({ error: { code: "INLET_STOPPING" } });
});

test("an agent that was told to quit is not started again", async () => {
  const { host, until } = setUp();
  await until("ready");
  void host.request("quit", {});
  await until("stopped");
  expect(children).toHaveLength(1);
});

test("a start that fails is told once, with its reason, and the host can be stopped", async () => {
  const first = setUp();
  await first.until("ready");
  const second = setUp();
  await second.until("failure INLET_STORE_BUSY");
  await second.host.stop();
  expect(second.happened).toEqual([]);
  await first.host.stop();
});

test("an agent that is killed is started again, three times in a minute", async () => {
  const { host, until } = setUp();
  for (let death = 1; death <= 3; death += 1) {
    await until("ready");
    const waiting = host.request("items.get", { id: "never answered" });
    children.at(-1)?.kill("SIGKILL");
    await until("restart");
    expect(await waiting).toHaveProperty("error");
  }
  await until("ready");
  children.at(-1)?.kill("SIGKILL");
  await until("failure undefined");
  expect(children).toHaveLength(4);
});

test("T8: sleep ends the connection while it can, and waking registers at once", async () => {
  await using core = await RawCore.listen();
  const { host } = setUp([{ aor: "sip:bob@example.net", registrar: core.uri, password: "secret" }]);
  await core.register();
  host.suspended();
  await core.disconnected();
  host.resumed();
  await core.register();
  const stopped = host.stop();
  await core.register(0);
  await stopped;
});
