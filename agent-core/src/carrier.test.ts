import { expect, test } from "vitest";
import type { Agent } from "./agent.ts";
import { connectUi, type UiPort } from "./carrier.ts";
import type { AgentEvent, AgentMessage, AgentState, MergePatch } from "./contract/index.ts";
import { InletError, LIMITS, type LogRecord } from "./kernel/index.ts";

const STATE: AgentState = {
  accounts: {},
  offers: {},
  transfers: {},
  channels: {},
  settings: { accept: "ask", held: "fetch", folder: "/tmp/received", plainLinks: false, receipts: "none" },
  rules: [],
  counters: { unread: 0, unreadByChannel: {}, items: 0 },
};

type Execute = (command: string, params: unknown) => Promise<unknown>;

function setUp(execute: Execute = async () => ({})) {
  const listeners = new Set<(message: AgentEvent | { readonly patch: MergePatch }) => void>();
  const agent: Agent = {
    state: STATE,
    subscribe: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => listeners.delete(listener) };
    },
    execute,
    content: async () => Promise.reject(new InletError("INLET_ITEM_UNKNOWN")),
    stop: async () => undefined,
    stopped: Promise.resolve(),
  };
  const sent: AgentMessage[] = [];
  const records: LogRecord[] = [];
  const waiting: (() => void)[] = [];
  let receive: (message: unknown) => void = () => undefined;
  let closed: () => void = () => undefined;
  const port: UiPort = {
    send: (message) => {
      sent.push(message);
      waiting.shift()?.();
    },
    onMessage: (listener) => {
      receive = listener;
    },
    onClose: (listener) => {
      closed = listener;
    },
  };
  const connection = connectUi(agent, port, (level, event, fields) =>
    records.push({ level, event, fields: fields ?? {} }),
  );
  return {
    sent,
    records,
    listeners,
    connection,
    emit: (message: AgentEvent | { readonly patch: MergePatch }) => {
      for (const listener of [...listeners]) listener(message);
    },
    /** Gives the agent a message and resolves with what it sends next. */
    ask: (message: unknown) =>
      new Promise<AgentMessage | undefined>((resolve) => {
        waiting.push(() => resolve(sent.at(-1)));
        receive(message);
      }),
    tell: (message: unknown) => receive(message),
    close: () => closed(),
  };
}

test("the state comes first and whole, then patches and events in their order", () => {
  const ui = setUp();
  ui.emit({ patch: { counters: { unread: 1 } } });
  ui.emit({ event: "ready", msrp: "127.0.0.1:2855" });
  expect(ui.sent).toEqual([
    { state: STATE },
    { patch: { counters: { unread: 1 } } },
    { event: "ready", msrp: "127.0.0.1:2855" },
  ]);
});

test("a request is answered under its id, with empty parameters when it has none", async () => {
  const ui = setUp(async (command, params) => ({ command, params }));
  expect(await ui.ask({ id: 7, command: "items.list", params: { limit: 1 } })).toEqual({
    id: 7,
    result: { command: "items.list", params: { limit: 1 } },
  });
  expect(await ui.ask({ id: "a", command: "quit" })).toEqual({ id: "a", result: { command: "quit", params: {} } });
});

test("an expected failure keeps its code and its sentence", async () => {
  const ui = setUp(async () => Promise.reject(new InletError("INLET_OFFER_UNKNOWN")));
  expect(await ui.ask({ id: 1, command: "offers.decide", params: {} })).toEqual({
    id: 1,
    error: { code: "INLET_OFFER_UNKNOWN", text: "This offer does not exist any more." },
  });
  expect(ui.records).toEqual([]);
});

test("a bug is told as INLET_INTERNAL, and its message goes to the log only", async () => {
  const ui = setUp(async () => Promise.reject(new TypeError("secret place /home/x")));
  const answer = await ui.ask({ id: 1, command: "items.list" });
  expect(answer).toMatchObject({ id: 1, error: { code: "INLET_INTERNAL" } });
  expect(JSON.stringify(answer)).not.toContain("secret");
  expect(ui.records).toMatchObject([{ level: "error", event: "commandFailed" }]);
  expect(JSON.stringify(ui.records)).toContain("secret place");
});

test.each([
  ["nothing", undefined, null],
  ["null", null, null],
  ["text", "quit", null],
  ["a list", [{ id: 1, command: "quit" }], null],
  ["no id", { command: "quit" }, null],
  ["no command", { id: 3 }, 3],
  ["an id that is an object", { id: {}, command: "quit" }, null],
  ["an id that is a fraction", { id: 1.5, command: "quit" }, null],
  ["an id that is too long", { id: "x".repeat(65), command: "quit" }, null],
  ["an unknown member", { id: 4, command: "quit", path: "/etc/passwd" }, 4],
  ["a prototype member", JSON.parse('{"id":5,"command":"quit","__proto__":{"x":1}}'), 5],
  ["a command that is no text", { id: 6, command: ["quit"] }, 6],
])("an envelope with %s is refused", async (_, message, id) => {
  const executed: string[] = [];
  const ui = setUp(async (command) => executed.push(command));
  expect(await ui.ask(message)).toMatchObject({ id, error: { code: "INLET_COMMAND_INVALID" } });
  expect(executed).toEqual([]);
});

test("uiCommands: more commands at once than the limit are refused one by one, and taken again when some are done", async () => {
  const finish: (() => void)[] = [];
  const ui = setUp(() => new Promise((resolve) => finish.push(() => resolve({}))));
  for (let id = 0; id < LIMITS.uiCommands; id += 1) ui.tell({ id, command: "items.list" });
  expect(await ui.ask({ id: 999, command: "items.list" })).toMatchObject({
    id: 999,
    error: { code: "INLET_TOO_MANY_COMMANDS" },
  });
  const first = ui.ask({ id: 1000, command: "items.list" });
  expect(await first).toMatchObject({ id: 1000, error: { code: "INLET_TOO_MANY_COMMANDS" } });
  for (const done of finish.splice(0)) done();
  await new Promise(setImmediate);
  ui.tell({ id: 1001, command: "items.list" });
  expect(finish).toHaveLength(1);
});

test("after the port closed nothing is sent and nobody listens", async () => {
  let finish: (value: unknown) => void = () => undefined;
  const ui = setUp(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  ui.tell({ id: 1, command: "items.list" });
  ui.close();
  finish({});
  await new Promise(setImmediate);
  ui.emit({ event: "ready", msrp: "x" });
  ui.tell({ id: 2, command: "items.list" });
  expect(ui.listeners.size).toBe(0);
  expect(ui.sent).toEqual([{ state: STATE }]);
});

test("disposing ends the connection as a close does", () => {
  const ui = setUp();
  ui.connection[Symbol.dispose]();
  ui.emit({ event: "ready", msrp: "x" });
  expect(ui.sent).toHaveLength(1);
});
