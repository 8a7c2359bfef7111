/** An agent that lives in memory: the whole interface, no network. For tests of what carries an agent. */
import { Readable } from "node:stream";
import type { Agent, ItemContent } from "@inlet/agent-core";
import type { AgentEvent, AgentState, MergePatch } from "@inlet/agent-core/contract";
import { InletError } from "@inlet/agent-core/kernel";

type Listener = (message: AgentEvent | { readonly patch: MergePatch }) => void;
type Execute = (command: string, params: unknown) => unknown;

export class MemoryAgent implements Agent {
  readonly state: AgentState = {
    accounts: {},
    offers: {},
    transfers: {},
    channels: {},
    settings: { accept: "ask", held: "fetch", folder: "/received", plainLinks: false, receipts: "none" },
    rules: [],
    counters: { unread: 0, unreadByChannel: {}, items: 0 },
  };
  readonly stopped: Promise<void>;
  /** Every command that was executed, with its parameters. */
  readonly executed: { command: string; params: unknown }[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #contents = new Map<string, { name: string; type: string; bytes: Buffer }>();
  readonly #execute: Execute;
  #stop: () => void = () => undefined;
  stops = 0;

  /** `execute` gives the result of each command; `quit` stops by itself. */
  constructor(execute: Execute = () => ({})) {
    this.#execute = execute;
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  emit(message: AgentEvent | { readonly patch: MergePatch }): void {
    for (const listener of [...this.#listeners]) listener(message);
  }

  put(id: string, name: string, type: string, bytes: Uint8Array): void {
    this.#contents.set(id, { name, type, bytes: Buffer.from(bytes) });
  }

  subscribe(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  async execute(command: string, params: unknown): Promise<unknown> {
    this.executed.push({ command, params });
    if (command === "quit") {
      await this.stop();
      return {};
    }
    return this.#execute(command, params);
  }

  async content(item: string): Promise<ItemContent> {
    const found = this.#contents.get(item);
    if (found === undefined) throw new InletError(item === "gone" ? "INLET_ITEM_CONTENT_GONE" : "INLET_ITEM_UNKNOWN");
    const { name, type, bytes } = found;
    return {
      name,
      type,
      size: bytes.length,
      open: (range) => Readable.from([range === undefined ? bytes : bytes.subarray(range.start, range.end + 1)]),
    };
  }

  async stop(): Promise<void> {
    this.stops += 1;
    this.#stop();
  }
}
