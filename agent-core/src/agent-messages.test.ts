/** MESSAGEs that arrive together: each is stored before its 200, all of them in one commit, and one that is wrong harms itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import { header, RawCore } from "./testing/index.ts";

const dir = mkdtempSync(join(tmpdir(), "inlet-agent-messages-"));
let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  core = await RawCore.listen();
  agent = await startAgent({
    dataDir: join(dir, "data"),
    folder: join(dir, "in"),
    accounts: [{ aor: "sip:bob@example.net", registrar: core.uri, password: "x", channels: false }],
  });
  await core.register();
});
afterEach(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const message = (n: number, type: string): string =>
  [
    "MESSAGE sip:bob@example.net SIP/2.0",
    `Via: SIP/2.0/TCP 127.0.0.1:${core.port};branch=z9hG4bK-m${n}`,
    ...["Max-Forwards: 70", "From: <sip:anna@example.net>;tag=a", "To: <sip:bob@example.net>"],
    ...[`Call-ID: m${n}`, "CSeq: 1 MESSAGE", `Content-Type: ${type}`, "Content-Length: 5", "", "hello"],
  ].join("\r\n");

test("a hundred at once: a 200 for each, every one of them in the inbox, told in order, counted once for all", async () => {
  const told: string[] = [];
  let counted = 0;
  agent.subscribe((one) => {
    if ("event" in one) told.push(...(one.event === "item" ? [one.name] : []));
    else if ("counters" in one.patch) counted++;
  });
  core.send(Array.from({ length: 100 }, (_, n) => message(n, n === 50 ? "?" : "text/plain")).join(""));
  const answers = new Map<string, string>();
  while (answers.size < 100) {
    const answer = await core.next(/^SIP\/2.0 /);
    answers.set(header(answer, "Call-ID") ?? "", answer.slice(8, 11));
    // Whatever was answered with 200 is there.
    if (answer.startsWith("SIP/2.0 200")) expect(agent.state.counters.items).toBeGreaterThan(0);
  }
  expect([...answers].filter(([, status]) => status !== "200")).toEqual([["m50", "400"]]);
  expect(agent.state.counters.items).toBe(99);
  expect(told).toEqual(Array.from({ length: 99 }, () => "hello"));
  expect(counted).toBeLessThan(20);
});

test("a stop with messages on their way ends without an error, and keeps what was answered", async () => {
  core.send(Array.from({ length: 20 }, (_, n) => message(n, "text/plain")).join(""));
  await core.next(/^SIP\/2.0 200/);
  const stopping = agent.stop();
  core.respond(await core.next("REGISTER"), "200 OK");
  await stopping;
  const kept = core.received.filter((text) => text.startsWith("SIP/2.0 200") && /CSeq: 1 MESSAGE/.test(text)).length;
  const again = await startAgent({ dataDir: join(dir, "data"), folder: join(dir, "in"), accounts: [] });
  expect(again.state.counters.items).toBeGreaterThanOrEqual(kept);
  await again.stop();
});
