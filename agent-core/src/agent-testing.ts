/** For tests: a whole agent, signed in to a core written by hand, and what it tells. Afterwards nothing of it is left. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentOptions, type StartedAgent, startAgent } from "./agent.ts";
import type { AgentEvent } from "./contract/index.ts";
import { LIMITS, ManualClock, millis } from "./kernel/index.ts";
import { RawCore } from "./testing/index.ts";

export const BOB = "sip:bob@example.net";

export interface SignedIn {
  /** The agent's data is in `data`, its files are in `in`. */
  readonly dir: string;
  readonly core: RawCore;
  readonly agent: StartedAgent;
  /** All so far. */
  readonly events: AgentEvent[];
  /** Resolves as soon as it holds: looked at after each event, change of state, and `wake`. */
  readonly until: (holds: () => boolean) => Promise<void>;
  /** Something of the test's own has happened. */
  readonly wake: () => void;
  /** The first of its kind. */
  readonly event: <K extends AgentEvent["event"]>(kind: K) => Promise<Extract<AgentEvent, { event: K }>>;
  readonly dispose: () => Promise<void>;
}

/** As `aor`, by default BOB. */
export async function signIn({
  aor = BOB,
  ...options
}: Partial<AgentOptions> & { aor?: string } = {}): Promise<SignedIn> {
  const dir = mkdtempSync(join(tmpdir(), "inlet-agent-"));
  const core = await RawCore.listen();
  const account = { aor, registrar: core.uri, password: "secret", channels: false };
  const places = { dataDir: join(dir, "data"), folder: join(dir, "in") };
  const agent = await startAgent({ ...places, accounts: [account], ...options });
  const events: AgentEvent[] = [];
  let look = (): void => undefined;
  const wake = (): void => look();
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
    wake();
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        look = resolve;
      });
    }
  };
  await core.register();
  await until(() => agent.state.accounts[aor]?.state === "registered");
  return {
    ...{ dir, core, agent, events, until, wake },
    event: async <K extends AgentEvent["event"]>(kind: K) => {
      const found = (): AgentEvent | undefined => events.find(({ event }) => event === kind);
      await until(() => found() !== undefined);
      return found() as Extract<AgentEvent, { event: K }>;
    },
    dispose: async () => {
      core.cut();
      const stopped = agent.stop();
      if (options.clock instanceof ManualClock) options.clock.advance(millis(LIMITS.stop));
      await stopped;
      await core[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
