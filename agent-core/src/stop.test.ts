/** However an agent stands, `stop` ends it within five seconds, and nothing of it is left. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import { type Clock, LIMITS, systemClock } from "./kernel/index.ts";
import { RawCore } from "./testing/index.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Real time that counts the timers which wait. */
class CountingClock implements Clock {
  readonly waiting = new Set<object>();
  readonly now = systemClock.now;
  readonly elapsed = systemClock.elapsed;

  after(delay: Parameters<Clock["after"]>[0], fn: () => void): Disposable {
    const timer = {};
    this.waiting.add(timer);
    const handle = systemClock.after(delay, () => {
      this.waiting.delete(timer);
      fn();
    });
    return {
      [Symbol.dispose]: () => {
        this.waiting.delete(timer);
        handle[Symbol.dispose]();
      },
    };
  }
}

let core: RawCore;
let folder: string;
let clock: CountingClock;
beforeEach(async () => {
  core = await RawCore.listen();
  folder = mkdtempSync(join(tmpdir(), "inlet-stop-"));
  clock = new CountingClock();
});
afterEach(async () => {
  await core[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await turn();
  }
}

const OFFER = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 7654 TCP/MSRP *\r\na=sendonly\r\na=accept-types:*\r\na=path:msrp://127.0.0.1:7654/s1;tcp\r\na=file-selector:name:"a.txt" type:text/plain size:5\r\na=file-transfer-id:1\r\n`;
const stateOf = (agent: Agent): string | undefined => Object.values(agent.state.accounts)[0]?.state;
async function offered(agent: Agent): Promise<string> {
  await core.register();
  core.request("INVITE", "sip:bob@example.net", ["Content-Type: application/sdp"], OFFER);
  await core.next("SIP/2.0 180");
  return Object.keys(agent.state.offers)[0] ?? "";
}

it.each<[string, (agent: Agent) => Promise<unknown>]>([
  ["that has only just started", async () => undefined],
  ["whose REGISTER nobody answers", () => core.next("REGISTER")],
  ["that is registered, with a core that does not answer any more", () => core.register()],
  [
    "whose registration was refused",
    async (agent) => {
      core.respond(await core.next("REGISTER"), "403 Forbidden");
      await until("rejected", () => stateOf(agent) === "rejected");
    },
  ],
  [
    "whose connection was lost",
    async (agent) => {
      await core.register();
      core.cut();
      await until("lost", () => stateOf(agent) !== "registered");
    },
  ],
  ["with an offer that waits for a decision", offered],
  [
    "with an accepted offer whose 200 nobody acknowledges",
    async (agent) => {
      await agent.execute("offers.decide", { offer: await offered(agent), accept: [0] });
      await core.next("SIP/2.0 200");
    },
  ],
])("stop: an agent %s stops within 5 s and leaves nothing", async (_, reach) => {
  const before = process.getActiveResourcesInfo().sort();
  const sockets = core.sockets().length;
  const account = { aor: "sip:bob@example.net", registrar: core.uri, password: "secret", channels: false };
  const agent = await startAgent({
    dataDir: join(folder, "data"),
    folder: join(folder, "in"),
    accounts: [account],
    clock,
  });
  await reach(agent);
  const start = performance.now();
  await agent.stop();
  expect(performance.now() - start).toBeLessThan(LIMITS.stop + 500);
  expect(clock.waiting.size).toBe(0);
  // The core's ends of the connections close when ours have.
  await until("no connection", () => core.sockets().length === sockets);
  await until("no handle", () => {
    const left = process
      .getActiveResourcesInfo()
      .sort()
      .filter((name) => name !== "Immediate");
    return left.length <= before.filter((name) => name !== "Immediate").length;
  });
});
