/** For tests: a user agent on a connection to a core written by hand. */
import { silentLog, systemClock } from "../kernel/index.ts";
import { RawCore } from "../testing/index.ts";
import { openFlow } from "./transport/index.ts";
import { UserAgent, type UserAgentOptions } from "./user-agent.ts";

export const BOB = "sip:bob@example.net";

export interface AgentAtCore extends AsyncDisposable {
  readonly core: RawCore;
  readonly agent: UserAgent;
}

/** BOB's, in the system's time, and without handlers unless `options` say otherwise. */
export async function agentAtCore(options: Partial<UserAgentOptions> = {}): Promise<AgentAtCore> {
  const core = await RawCore.listen();
  const { clock = systemClock, log = silentLog } = options;
  const target = { protocol: "TCP", host: "127.0.0.1", port: core.port, timeout: 5000 } as const;
  const connection = await openFlow(target, { clock, log });
  const agent = new UserAgent({ aor: BOB, userAgent: "Inlet/test", handlers: {}, clock, log, ...options });
  agent.connection = connection;
  connection.start({ message: (message) => agent.receive(message), closed: () => undefined }, false);
  return {
    core,
    agent,
    async [Symbol.asyncDispose]() {
      agent.dispose();
      connection.close();
      await core[Symbol.asyncDispose]();
    },
  };
}
