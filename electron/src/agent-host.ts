/** The main process's side of the agent's process: starts it, connects windows to it, asks it, restarts it, stops it. */

import type { AgentEvent, CommandResponse } from "@inlet/agent-core/contract";
import { LIMITS, type Reason, reason } from "@inlet/agent-core/kernel";
import { MessageChannelMain, type UtilityProcess, utilityProcess, type WebContents } from "electron";
import type { AgentConfig, FromAgent, ToAgent } from "./messages.ts";
import { afterDeath } from "./restart-policy.ts";

export interface AgentHostEvents {
  /** The process runs again: windows have to be connected anew. */
  onRestart(): void;
  /** It has ended because it was told to, by the page. */
  onStopped(): void;
  /** It could not start, or died too often. */
  onFailure(reason: Reason | undefined): void;
  onEvent(event: AgentEvent): void;
}

export class AgentHost {
  readonly #entry: string;
  readonly #config: AgentConfig;
  readonly #events: AgentHostEvents;
  readonly #waiting = new Map<number, (response: CommandResponse) => void>();
  #child: UtilityProcess | undefined;
  #stopping = false;
  #deaths: readonly number[] = [];
  #lastId = 0;

  constructor(entry: string, config: AgentConfig, events: AgentHostEvents) {
    this.#entry = entry;
    this.#config = config;
    this.#events = events;
    this.#start();
  }

  /** Gives a page its line to the agent. Once for every time the page is loaded. */
  connect(contents: WebContents): void {
    const { port1, port2 } = new MessageChannelMain();
    this.#tell({ type: "connect" }, [port1]);
    contents.postMessage("agent-port", null, [port2]);
  }

  /** A command of the contract, asked by the main process itself. */
  request(command: string, params: unknown): Promise<CommandResponse> {
    if (this.#child === undefined) return Promise.resolve({ id: null, error: reason("INLET_STOPPING") });
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ type: "execute", id, command, params });
    });
  }

  /** The computer falls asleep: the core hears of it while it still can. */
  suspended(): void {
    this.#tell({ type: "suspended" });
  }

  /** The computer is awake again. */
  resumed(): void {
    this.#tell({ type: "resumed" });
  }

  /** Unregisters and ends the process; cut off when it takes longer than the agent promises. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    this.#tell({ type: "stop" });
    const timer = setTimeout(() => child.kill(), LIMITS.stop + 1_000);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    const child = utilityProcess.fork(this.#entry, [], { serviceName: "Inlet agent", stdio: "inherit" });
    this.#child = child;
    child.on("message", (message: FromAgent) => this.#receive(message));
    child.on("exit", (code) => this.#exited(code));
    this.#tell({ type: "start", config: this.#config });
  }

  #exited(code: number): void {
    this.#child = undefined;
    for (const settle of this.#waiting.values()) {
      settle({ id: null, error: reason("INLET_STOPPING") });
    }
    this.#waiting.clear();
    if (this.#stopping) return;
    if (code === 0) {
      this.#events.onStopped();
      return;
    }
    const deaths = afterDeath(this.#deaths, Date.now());
    if (deaths === "giveUp") {
      this.#events.onFailure(undefined);
      return;
    }
    this.#deaths = deaths;
    this.#start();
    this.#events.onRestart();
  }

  #receive(message: FromAgent): void {
    switch (message.type) {
      case "started":
        return;
      case "failed":
        this.#stopping = true;
        this.#events.onFailure(message.reason);
        return;
      case "event":
        this.#events.onEvent(message.event);
        return;
      case "answer": {
        const { id } = message.response;
        if (typeof id !== "number") return;
        this.#waiting.get(id)?.(message.response);
        this.#waiting.delete(id);
      }
    }
  }

  #tell(message: ToAgent, ports: Electron.MessagePortMain[] = []): void {
    this.#child?.postMessage(message, ports);
  }
}
