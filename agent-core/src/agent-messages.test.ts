/** MESSAGEs that arrive together: each is stored before its 200, all of them in one commit, and one that is wrong harms itself. */
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import { signIn } from "./agent-testing.ts";
import type { Item } from "./contract/index.ts";
import { header, type RawCore } from "./testing/index.ts";

let core: RawCore;
let agent: Agent;
let dir: string;

beforeEach(async () => {
  const own = await signIn();
  ({ core, agent, dir } = own);
  return own.dispose;
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

test("every part of a message is there before its 200; what nobody wrote for a person is none of them", async () => {
  const body = [
    "--b",
    "Content-Type: text/plain",
    "",
    "The map is below.",
    "--b",
    "Content-Type: image/png",
    'Content-Disposition: attachment; filename="map.png"',
    "Content-Description: The harbour",
    "",
    "\x89PNG\0\xff",
    "--b--",
  ].join("\r\n");
  const bytes = Buffer.from(body, "latin1");
  const head = (type: string, length: number): string =>
    message(1, type).replace(/Content-Length: 5[\s\S]*/, `Content-Length: ${length}\r\n\r\n`);
  core.send(Buffer.concat([Buffer.from(head("multipart/mixed;boundary=b", bytes.length)), bytes]));
  await core.next("SIP/2.0 200");
  const { items } = (await agent.execute("items.list", {})) as { items: readonly Item[] };
  expect(
    items.map(({ name, type, kind, disposition, description }) => [name, type, kind, disposition, description]),
  ).toEqual([
    ["map.png", "image/png", "message", "attachment", "The harbour"],
    ["The map is below.", "text/plain", "message", undefined, undefined],
  ]);
  const pieces: Buffer[] = [];
  for await (const piece of (await agent.content(items[0]?.id ?? "")).open()) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).toString("latin1")).toBe("\x89PNG\0\xff");

  const typing = '<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>';
  core.send(head("application/im-iscomposing+xml", typing.length).replaceAll("m1", "m2") + typing);
  await core.next("SIP/2.0 200");
  expect(agent.state.counters.items).toBe(2);
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
