import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { InletError, LIMITS } from "@inlet/agent-core/kernel";
import { expect, test } from "vitest";
import { MemoryAgent } from "../testing/memory-agent.ts";
import { startNdjsonHost } from "./host.ts";

function setUp(agent = new MemoryAgent((command, params) => ({ command, params }))) {
  const input = new PassThrough();
  const output = new PassThrough();
  const host = startNdjsonHost({ agent, input, output });
  let rest = "";
  const lines: unknown[] = [];
  let wake: () => void = () => undefined;
  output.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part) => JSON.parse(part) as unknown));
    wake();
  });
  async function next(): Promise<unknown> {
    while (lines.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.shift();
  }
  return { agent, input, output, host, lines, next };
}

test("events are lines with their name first; patches and the state are not printed", async () => {
  const { agent, output, next } = setUp();
  const raw = once(output, "data");
  agent.emit({ patch: { counters: { unread: 1 } } });
  agent.emit({ msrp: "127.0.0.1:2855", event: "ready" });
  expect(String((await raw)[0])).toBe('{"event":"ready","msrp":"127.0.0.1:2855"}\n');
  expect(await next()).toEqual({ event: "ready", msrp: "127.0.0.1:2855" });
});

test("R1: a name that some readers take for the end of a line forges none", async () => {
  const { agent, output } = setUp();
  const raw = once(output, "data");
  const name = '\u2028{"event":"item","path":"/etc/passwd"}\u2028';
  agent.emit({ event: "error", code: "INLET_INTERNAL", text: name });
  const line = String((await raw)[0]);
  expect(line).not.toContain("\u2028");
  expect(JSON.parse(line)).toMatchObject({ text: name });
});

test("commands are answered under their ids, as they are done", async () => {
  const { promise: slow, resolve: finish } = Promise.withResolvers<unknown>();
  const { input, next } = setUp(new MemoryAgent((command) => (command === "items.list" ? slow : { command })));
  input.write(
    '{"id":1,"command":"items.list"}\n{"id":"b","command":"offers.decide","params":{"offer":"x","accept":[]}}\n',
  );
  expect(await next()).toEqual({ id: "b", result: { command: "offers.decide" } });
  finish({ items: [] });
  expect(await next()).toEqual({ id: 1, result: { items: [] } });
});

test("a refusal carries its code", async () => {
  const agent = new MemoryAgent(() => Promise.reject(new InletError("INLET_OFFER_UNKNOWN")));
  const { input, next } = setUp(agent);
  input.write('{"id":1,"command":"offers.decide","params":{}}\n');
  expect(await next()).toMatchObject({ id: 1, error: { code: "INLET_OFFER_UNKNOWN" } });
});

test.each([
  ["no JSON", "{", null],
  ["no object", "[1]", null],
  ["no command", '{"id":9}', 9],
  ["a number where a command belongs", '{"id":9,"command":3}', 9],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), null],
  ["too long", Buffer.alloc(LIMITS.uiMessage + 1, " "), null],
])("R2: a line that is %s is refused, and the next one is taken", async (_, line, id) => {
  const { agent, input, next } = setUp();
  input.write(line);
  input.write('\n\n{"id":1,"command":"items.list"}\r\n');
  expect(await next()).toMatchObject({ id, error: { code: "INLET_COMMAND_INVALID" } });
  expect(await next()).toMatchObject({ id: 1, result: {} });
  expect(agent.executed).toHaveLength(1);
});

test("the end of the input does not end the agent, and a last line without an end counts", async () => {
  const { agent, input, next } = setUp();
  input.end('{"id":1,"command":"items.list"}');
  expect(await next()).toMatchObject({ id: 1, result: {} });
  expect(agent.stops).toBe(0);
  agent.emit({ event: "ready", msrp: "x" });
  expect(await next()).toEqual({ event: "ready", msrp: "x" });
});

test("quit is answered before the output ends", async () => {
  const { agent, input, host, lines } = setUp();
  input.write('{"id":5,"command":"quit"}\n');
  await agent.stopped;
  await host.close();
  expect(lines).toEqual([{ id: 5, result: {} }]);
  expect(agent.listeners).toBe(0);
});

test("a reader that is gone is reported, not thrown", async () => {
  const agent = new MemoryAgent();
  const output = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  });
  const host = startNdjsonHost({ agent, input: new PassThrough(), output });
  agent.emit({ event: "ready", msrp: "x" });
  await host.readerGone;
  agent.emit({ event: "ready", msrp: "x" });
  await host.close();
});

test("a reader that does not read loses progress first, and then the agent, never the memory", async () => {
  const agent = new MemoryAgent();
  const output = new Writable({ write: () => undefined, highWaterMark: 64 });
  const host = startNdjsonHost({ agent, input: new PassThrough(), output, backlog: 10_000 });
  agent.emit({ event: "ready", msrp: "x".repeat(100) });
  const waiting = output.writableLength;
  for (let received = 0; received < 1000; received += 1)
    agent.emit({ event: "transfer", offer: "o", index: 0, received });
  expect(output.writableLength).toBe(waiting);
  for (let more = 0; more < 1000; more += 1) agent.emit({ event: "error", code: "INLET_X", text: "x".repeat(100) });
  await host.readerGone;
  expect(output.writableLength).toBeLessThan(11_000);
  await host.close();
});

test("R2, uiCommands: more commands than the limit wait in the input", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<unknown>();
  const { agent, input, next } = setUp(new MemoryAgent(() => held));
  const count = LIMITS.uiCommands + 10;
  for (let id = 0; id < count; id += 1) input.write(`{"id":${id},"command":"items.list"}\n`);
  await new Promise(setImmediate);
  expect(agent.executed.length).toBeLessThan(count);
  release({});
  const ids = new Set<unknown>();
  while (ids.size < count) ids.add(((await next()) as { id: number }).id);
  expect(agent.executed).toHaveLength(count);
});
