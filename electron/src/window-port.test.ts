import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { type Agent, connectUi } from "@inlet/agent-core";
import type { AgentState } from "@inlet/agent-core/contract";
import { InletError, silentLog } from "@inlet/agent-core/kernel";
import { expect, test } from "vitest";
import { CONTENT_LIMIT } from "./messages.ts";
import { type MessagePortLike, windowPort } from "./window-port.ts";

/** A port whose other side is this test. */
class Port extends EventEmitter implements MessagePortLike {
  started = false;
  postMessage(message: unknown): void {
    this.emit("sent", message);
  }
  start(): void {
    this.started = true;
  }
  async ask(data: unknown): Promise<unknown> {
    const answer = once(this, "sent");
    this.emit("message", { data });
    return (await answer)[0];
  }
}

const agent: Agent = {
  state: {} as AgentState,
  subscribe: () => ({ [Symbol.dispose]: () => undefined }),
  execute: async (command) => ({ command }),
  content: async (item) => {
    if (item === "none") throw new InletError("INLET_ITEM_UNKNOWN");
    const size = item === "large" ? CONTENT_LIMIT + 1 : 6;
    // More than was said: the file has grown.
    return { name: "a", type: "b", size, open: () => Readable.from([Buffer.from("abcd"), Buffer.from("efgh")]) };
  },
  stop: async () => undefined,
  stopped: Promise.resolve(),
};

test("a window's port carries the contract, and the bytes of an item beside it", async () => {
  const port = new Port();
  const first = once(port, "sent");
  connectUi(agent, windowPort(agent, port, silentLog));
  expect((await first)[0]).toEqual({ state: {} });
  expect(port.started).toBe(true);
  expect(await port.ask({ id: 1, command: "items.list" })).toEqual({ id: 1, result: { command: "items.list" } });
  const reply = (await port.ask({ content: 7, item: "a" })) as { content: number; bytes: ArrayBuffer };
  expect(reply.content).toBe(7);
  expect(Buffer.from(reply.bytes).toString()).toBe("abcdef");
  expect(await port.ask({ content: 8, item: "none" })).toMatchObject({
    content: 8,
    error: { code: "INLET_ITEM_UNKNOWN" },
  });
  expect(await port.ask({ content: 9, item: "large" })).toMatchObject({
    content: 9,
    error: { code: "INLET_ITEM_TOO_LARGE_TO_SHOW" },
  });
  expect(await port.ask({ content: "9", item: "a" })).toMatchObject({
    id: null,
    error: { code: "INLET_COMMAND_INVALID" },
  });
});
