/** The carrier of a page that the web host served: WebSocket for messages, fetch for content, both with the token. */
import type { CommandName, CommandParams, CommandResult } from "@inlet/agent-core/contract";
import { backoff } from "./backoff.ts";
import { type Carrier, type CarrierListener, CommandFailure } from "./carrier.ts";
import { parseAgentMessage, parseJson } from "./parse-message.ts";
import { notConnected, PendingRequests } from "./pending-requests.ts";
import { saveAs } from "./save-as.ts";

const SUBPROTOCOL = "inlet.v1";

export class WebSocketCarrier implements Carrier {
  readonly capabilities = { open: false, reveal: false };
  readonly #token: string;
  readonly #pending = new PendingRequests();
  #socket: WebSocket | undefined;
  #attempts = 0;

  constructor(token: string) {
    this.#token = token;
  }

  connect(listener: CarrierListener): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/agent`, [SUBPROTOCOL, `token.${this.#token}`]);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempts = 0;
      listener.onStatus({ state: "connected" });
    };
    socket.onmessage = (received: MessageEvent<unknown>) => {
      const message = parseAgentMessage(typeof received.data === "string" ? parseJson(received.data) : undefined);
      if (message === undefined) listener.onDropped();
      else if ("result" in message || "error" in message) this.#pending.answer(message);
      else listener.onMessage(message);
    };
    socket.onclose = () => {
      this.#pending.failAll();
      this.#attempts += 1;
      listener.onStatus({ state: "disconnected", attempts: this.#attempts });
      setTimeout(() => this.connect(listener), backoff(this.#attempts, Math.random()));
    };
  }

  request<C extends CommandName>(command: C, params: CommandParams<C>): Promise<CommandResult<C>> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(notConnected());
    return this.#pending.ask(command, params, (request) => socket.send(JSON.stringify(request)));
  }

  async content(itemId: string): Promise<Blob> {
    const answer = await fetch(`/content/${encodeURIComponent(itemId)}`, {
      headers: { Authorization: `Bearer ${this.#token}` },
    }).catch(() => undefined);
    if (answer === undefined) throw notConnected();
    if (!answer.ok) throw new CommandFailure(`INLET_UI_CONTENT_${answer.status}`, "The content cannot be read.");
    return answer.blob();
  }

  async download(itemId: string, name: string): Promise<void> {
    saveAs(await this.content(itemId), name);
  }

  open(): Promise<void> {
    return Promise.reject(new CommandFailure("INLET_UI_NO_DESKTOP", "A page in a browser cannot open files."));
  }

  reveal(): Promise<void> {
    return this.open();
  }
}
