/** Promise 3, the whole way: an agent's exchange with its core can be looked at, and holds no secret (attack R11). */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import { readTrace } from "./index.ts";
import { header, RawCore } from "./testing/index.ts";

const dir = mkdtempSync(join(tmpdir(), "inlet-agent-trace-"));
let core: RawCore;
let agent: Agent;

beforeEach(async () => {
  core = await RawCore.listen();
  agent = await startAgent({
    dataDir: join(dir, "data"),
    folder: join(dir, "in"),
    accounts: [{ aor: "sip:bob@example.net", registrar: core.uri, password: "s3cret", channels: false }],
  });
});
afterEach(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const list = async (params: object = {}) =>
  (await agent.execute("trace.list", params)) as { messages: { id: string; summary: string; failed: boolean }[] };

test("a registration with its challenge is in the trace without what proves the password, as is a message nobody can read", async () => {
  const first = await core.next("REGISTER");
  core.respond(first, "401 Unauthorized", ['WWW-Authenticate: Digest realm="r", nonce="n0nce42", qop="auth"']);
  const second = await core.next("REGISTER");
  const response = /response="([0-9a-f]{32})"/.exec(second)?.[1] ?? "";
  const cnonce = /cnonce="([^"]+)"/.exec(second)?.[1] ?? "";
  expect(response).not.toBe("");
  core.respond(second, "200 OK", [`Contact: ${header(second, "Contact")};expires=60`]);
  core.request("NONSENSE WITH BLANKS", "sip:bob@example.net", ["CSeq: 1 X"]);
  await core.next(/^SIP\/2.0 400/);
  core.request("MESSAGE", "sip:bob@example.net", ["Content-Type: text/plain"], "hello");
  await core.next(/^SIP\/2.0 200/);

  const { messages } = await list();
  expect(messages.map(({ summary }) => summary).reverse()).toEqual([
    "REGISTER sip:example.net",
    "401 Unauthorized (REGISTER)",
    "REGISTER sip:example.net",
    "200 OK (REGISTER)",
    "NONSENSE WITH BLANKS sip:bob@example.net",
    expect.stringMatching(/^400 Bad Request .*\(X\)$/),
    "MESSAGE sip:bob@example.net",
    "200 OK (MESSAGE)",
  ]);
  expect(messages.map(({ failed }) => failed).reverse()).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(await agent.execute("trace.get", { id: messages[1]?.id })).toMatchObject({
    direction: "in",
    protocol: "TCP",
    account: "sip:bob@example.net",
    remote: `127.0.0.1:${core.port}`,
    text: expect.stringMatching(/\r\n\r\nhello$/),
  });

  const kept = readFileSync(join(dir, "data", "trace.jsonl"), "utf8");
  for (const secret of ["s3cret", response, cnonce, "n0nce42"]) expect(kept).not.toContain(secret);
  expect(kept).toContain('username=\\"bob\\"');
  // Another process reads it while this one runs.
  expect(await readTrace(join(dir, "data"))).toHaveLength(8);
});

test("trace.list and trace.get refuse what they do not know", async () => {
  await expect(agent.execute("trace.list", { offer: "x" })).rejects.toMatchObject({ code: "INLET_COMMAND_INVALID" });
  await expect(agent.execute("trace.get", { id: "x" })).rejects.toMatchObject({ code: "INLET_TRACE_UNKNOWN" });
});
