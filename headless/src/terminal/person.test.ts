import { PassThrough } from "node:stream";
import type { AgentEvent } from "@inlet/agent-core/contract";
import { expect, test } from "vitest";
import { MemoryAgent } from "../testing/memory-agent.ts";
import { firstEnd } from "./once.ts";
import { showToPerson } from "./person.ts";

const offer = (id: string, files: number): AgentEvent => ({
  event: "offer",
  id,
  account: "sip:bob@x",
  from: { uri: "sip:anna@x", name: "Anna" },
  files: Array.from({ length: files }, (_, index) => ({ index, name: `${index}.jpg`, hashes: {} })),
  receivedAt: "2026-01-01T00:00:00Z",
  expiresAt: "2026-01-01T00:03:00Z",
});

function setUp({ asks = false } = {}) {
  const agent = new MemoryAgent();
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  let wake: () => void = () => undefined;
  output.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    wake();
  });
  const shown = showToPerson({ agent, output, ...(asks ? { input } : {}) });
  async function until(part: string): Promise<void> {
    while (!text.includes(part)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { agent, input, shown, until, text: () => text };
}

test("a registration that is only refreshed is no news", async () => {
  const { agent, until, text, shown } = setUp();
  agent.emit({ event: "registration", account: "sip:bob@x", state: "registered" });
  agent.emit({ event: "registration", account: "sip:bob@x", state: "refreshing" });
  agent.emit({ event: "registration", account: "sip:bob@x", state: "registered" });
  agent.emit({ event: "error", code: "INLET_DISK_FULL", text: "Full." });
  await until("Full.");
  expect(text()).toBe("Registered as sip:bob@x\nFull. [INLET_DISK_FULL]\n");
  shown[Symbol.dispose]();
  expect(agent.listeners).toBe(0);
});

test("each file is asked about, and only a yes accepts it", async () => {
  const { agent, input, until, shown } = setUp({ asks: true });
  agent.emit(offer("o1", 3));
  for (const [index, answer] of ["y", "", "YES"].entries()) {
    await until(`Accept ${index} ${index}.jpg?`);
    input.write(`${answer}\n`);
  }
  await new Promise(setImmediate);
  expect(agent.executed).toEqual([{ command: "offers.decide", params: { offer: "o1", accept: [0, 2] } }]);
  shown[Symbol.dispose]();
});

test("what cannot be received is not asked about, and says why", async () => {
  const { agent, input, until, shown } = setUp({ asks: true });
  const whole = offer("o1", 3);
  if (whole.event !== "offer") throw new Error("no offer");
  const why = { code: "INLET_SDP_NO_ACCEPTABLE_MEDIA", text: "This is nothing that Inlet can receive." };
  const files = whole.files.map((file) => (file.index === 1 ? { ...file, name: "audio", unacceptable: why } : file));
  agent.emit({ ...whole, files });
  await until("cannot be received: This is nothing that Inlet can receive.");
  await until("Accept 0 0.jpg?");
  input.write("y\n");
  await until("Accept 2 2.jpg?");
  input.write("y\n");
  await new Promise(setImmediate);
  expect(agent.executed).toEqual([{ command: "offers.decide", params: { offer: "o1", accept: [0, 2] } }]);
  shown[Symbol.dispose]();
});

test("an offer that ends while it is asked about is forgotten, and the next one is asked", async () => {
  const { agent, input, until, shown } = setUp({ asks: true });
  agent.emit(offer("o1", 1));
  await until("Accept 0");
  agent.emit(offer("o2", 2));
  agent.emit({ event: "offerEnded", id: "o1", outcome: "cancelled" });
  await until("Accept 0 0.jpg? [y/n] Anna");
  await until("cancelled.");
  input.write("n\n");
  await until("Accept 1 1.jpg?");
  input.write("y\n");
  await new Promise(setImmediate);
  expect(agent.executed).toEqual([{ command: "offers.decide", params: { offer: "o2", accept: [1] } }]);
  shown[Symbol.dispose]();
});

test("an input that ends decides nothing", async () => {
  const { agent, input, until, shown } = setUp({ asks: true });
  agent.emit(offer("o1", 1));
  await until("Accept 0");
  input.end();
  await new Promise(setImmediate);
  agent.emit(offer("o2", 1));
  await new Promise(setImmediate);
  expect(agent.executed).toEqual([]);
  shown[Symbol.dispose]();
});

test.each<[string, AgentEvent[], boolean]>([
  ["a completed offer", [offer("o", 1), { event: "offerEnded", id: "o", outcome: "completed" }], true],
  ["a partial one", [{ event: "offerEnded", id: "o", outcome: "partial" }], false],
  ["a rejected one", [{ event: "offerEnded", id: "o", outcome: "rejected" }], false],
  [
    "a message",
    [
      {
        event: "item",
        id: "i",
        account: "a",
        kind: "message",
        from: { uri: "sip:a@b" },
        name: "x",
        type: "text/plain",
        size: 1,
        verified: "unstated",
      },
    ],
    true,
  ],
])("--once ends with %s", async (_, events, completed) => {
  const agent = new MemoryAgent();
  const end = firstEnd(agent);
  for (const event of events) agent.emit(event);
  expect(await end).toBe(completed);
  expect(agent.listeners).toBe(0);
});
