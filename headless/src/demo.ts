/**
 * The demo: the embedded provider on loopback, and the options of an agent that is its customer. The provider greets
 * by itself as soon as the account has registered. What was received is kept for the next start.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AgentOptions } from "@inlet/agent-core";
import type { Log } from "@inlet/agent-core/kernel";
import { startDemoProvider } from "@inlet/provider";

const ASSETS = fileURLToPath(new URL("../../assets/demo", import.meta.url));

export interface Demo {
  readonly agent: AgentOptions;
  /** The same as arguments of a host in a process of its own; the password is in a file that only this user reads. */
  arguments(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startDemo(dataDir: string, log: Log): Promise<Demo> {
  const folder = join(dataDir, "received");
  const provider = await startDemoProvider({ assetsDir: ASSETS, host: "127.0.0.1", log });
  const { registrar, domain, user, password } = provider;
  const aor = `sip:${user}@${domain}`;
  return {
    agent: { dataDir, folder, accounts: [{ aor, registrar, user, password }], log },
    async arguments() {
      await mkdir(dataDir, { recursive: true });
      const file = join(dataDir, "demo-password");
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      const account = ["--aor", aor, "--registrar", registrar, "--user", user, "--password-file", file];
      return [...account, "--data", dataDir, "--folder", folder];
    },
    stop: () => provider.stop(),
  };
}
