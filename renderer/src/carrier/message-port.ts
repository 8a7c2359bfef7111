/** The carrier of the desktop window: the preload's bridge to the agent's process. */
import type { CommandName, CommandParams, CommandResult } from "@inlet/agent-core/contract";
import type { Carrier, CarrierListener } from "./carrier.ts";
import { CommandFailure } from "./carrier.ts";
import type { HostBridge } from "./host-bridge.ts";
import { parseAgentMessage } from "./parse-message.ts";
import { PendingRequests } from "./pending-requests.ts";
import { saveAs } from "./save-as.ts";

export class MessagePortCarrier implements Carrier {
  readonly capabilities = { open: true, reveal: true };
  readonly #host: HostBridge;
  readonly #pending = new PendingRequests();

  constructor(host: HostBridge) {
    this.#host = host;
  }

  connect(listener: CarrierListener): void {
    this.#host.onStatus?.((status) => {
      if (status === "connected") return listener.onStatus({ state: "connected" });
      this.#pending.failAll();
      listener.onStatus({ state: "disconnected", attempts: 1 });
    });
    this.#host.onMessage((value) => {
      const message = parseAgentMessage(value);
      if (message === undefined) return listener.onDropped();
      if ("result" in message || "error" in message) return this.#pending.answer(message);
      if ("state" in message && !("event" in message)) listener.onStatus({ state: "connected" });
      listener.onMessage(message);
    });
  }

  request<C extends CommandName>(command: C, params: CommandParams<C>): Promise<CommandResult<C>> {
    return this.#pending.ask(command, params, (request) => this.#host.send(request));
  }

  async content(itemId: string): Promise<Blob> {
    return new Blob([await this.#asked(this.#host.content(itemId))]);
  }

  async download(itemId: string, name: string): Promise<void> {
    saveAs(await this.content(itemId), name);
  }

  open(itemId: string): Promise<void> {
    return this.#asked(this.#host.openItem(itemId));
  }

  reveal(itemId: string): Promise<void> {
    return this.#asked(this.#host.revealItem(itemId));
  }

  /** Errors cross a bridge as plain `Error`s; here they get the form the rest of the page knows. */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new CommandFailure("INLET_UI_HOST", error instanceof Error ? error.message : String(error));
    }
  }
}
