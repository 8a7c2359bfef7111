/** What an account that nothing happens to sends in 10 000 minutes: time is run fast, sockets are real. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { startAgent } from "@inlet/agent-core";
import { ManualClock } from "@inlet/agent-core/kernel";

const STEP = 5_000;
/** Turns of the event loop that an exchange over loopback takes within one process, with some to spare. */
const TURNS = 4;

interface IdleResult {
  readonly minutes: number;
  readonly connections: number;
  readonly requests: number;
  readonly pings: number;
}

export async function benchIdle(minutes: number): Promise<IdleResult> {
  const found = { minutes, connections: 0, requests: 0, pings: 0 };
  const server = createServer((socket) => {
    found.connections++;
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (text === "\r\n\r\n") {
        found.pings++;
        socket.write("\r\n");
        return;
      }
      found.requests++;
      const echoed = text.split("\r\n").filter((line) => /^(via|from|to|call-id|cseq|contact):/i.test(line));
      const lines = echoed.map((line) => (/^contact/i.test(line) ? `${line};expires=3600` : line));
      socket.write(`SIP/2.0 200 OK\r\n${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const dir = mkdtempSync(join(tmpdir(), "inlet-bench-"));
  const clock = new ManualClock();
  const registrar = `sip:127.0.0.1:${port};transport=tcp`;
  const account = { aor: "sip:bob@example.net", registrar, password: "x", channels: false };
  const agent = await startAgent({ dataDir: join(dir, "data"), folder: join(dir, "in"), accounts: [account], clock });
  while (agent.state.accounts["sip:bob@example.net"]?.state !== "registered") await turn();
  for (let at = 0; at < minutes * 60_000; at += STEP) {
    clock.advance(STEP);
    for (let i = 0; i < TURNS; i++) await turn();
  }
  const result = { ...found };
  await agent.stop();
  server.close();
  rmSync(dir, { recursive: true, force: true });
  return result;
}
