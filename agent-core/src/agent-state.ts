/** Holds the state of the contract and tells every change as a merge patch, and every event, to whoever listens. */
import { type AgentEvent, type AgentState, applyMergePatch, type MergePatch } from "./contract/index.ts";
import type { Log } from "./kernel/index.ts";

export type AgentListener = (message: AgentEvent | { readonly patch: MergePatch }) => void;

export class StateHolder {
  #state: AgentState;
  readonly #listeners = new Set<AgentListener>();
  readonly #log: Log;

  constructor(state: AgentState, log: Log) {
    this.#state = state;
    this.#log = log;
  }

  get state(): AgentState {
    return this.#state;
  }

  readonly patch = (patch: MergePatch): void => {
    this.#state = applyMergePatch(this.#state, patch);
    this.#tell({ patch });
  };

  readonly publish = (event: AgentEvent): void => this.#tell(event);

  subscribe(listener: AgentListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** A listener that throws harms itself only. */
  #tell(message: AgentEvent | { readonly patch: MergePatch }): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(message);
      } catch (error) {
        this.#log("error", "agent.listener.failed", { error: `${error}` });
      }
    }
  }
}
