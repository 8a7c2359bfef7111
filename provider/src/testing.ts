/** For tests: a provider and agents on loopback, and waiting for what they tell instead of sleeping. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, type AgentOptions, startAgent } from "@inlet/agent-core";
import type { AgentEvent, AgentState } from "@inlet/agent-core/contract";
import { silentLog } from "@inlet/agent-core/kernel";
import { type Provider, type ProviderOptions, startProvider } from "./provider.ts";

export const DOMAIN = "example.net";
export const BOB = { aor: `sip:bob@${DOMAIN}`, name: "bob", password: "builds it" };
export const ANN = { aor: `sip:ann@${DOMAIN}`, name: "ann", password: "sends it" };

export const startTestProvider = (options: Partial<ProviderOptions> = {}): Promise<Provider> =>
  startProvider({
    listen: { host: "127.0.0.1", port: 0 },
    domain: DOMAIN,
    users: [BOB, ANN],
    log: silentLog,
    ...options,
  });

export class TemporaryFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "inlet-provider-test-"));
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

type EventOf<E extends AgentEvent["event"]> = Extract<AgentEvent, { event: E }>;

export class TestAgent implements AsyncDisposable {
  readonly agent: Agent;
  readonly events: AgentEvent[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(agent: Agent) {
    this.agent = agent;
    agent.subscribe((message) => {
      if ("event" in message) this.events.push(message);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** Registered when it resolves. */
  static async start(
    folder: string,
    account: { readonly aor: string; readonly registrar: string; readonly password: string },
    options: Partial<AgentOptions> = {},
  ): Promise<TestAgent> {
    const agent = await startAgent({
      dataDir: join(folder, "data"),
      folder: join(folder, "received"),
      accounts: [account],
      ...options,
    });
    const test = new TestAgent(agent);
    await test.until((state) => state.accounts[account.aor]?.state === "registered");
    return test;
  }

  /** The first event of a kind for which `matches`, among those told already or the next ones. */
  async event<E extends AgentEvent["event"]>(
    kind: E,
    matches: (event: EventOf<E>) => boolean = () => true,
  ): Promise<EventOf<E>> {
    const isIt = (event: AgentEvent): event is EventOf<E> => event.event === kind && matches(event as EventOf<E>);
    let found: EventOf<E> | undefined;
    await this.until(() => {
      found = this.events.find(isIt);
      return found !== undefined;
    });
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  until(holds: (state: AgentState) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(this.agent.state)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.agent.stop();
  }
}

/** Sockets and servers that are open, to be compared: what is closed leaves within a few turns. */
export async function openSockets(): Promise<number> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((kind) => /^(TCP|Pipe)/.test(kind)).length;
}
