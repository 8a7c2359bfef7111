/** The way to the agent, whichever host carries it. */
import type { AgentMessage, CommandName, CommandParams, CommandResult } from "@inlet/agent-core/contract";

export type LinkStatus =
  | { readonly state: "connected" }
  /** `attempts` that failed since the agent was last heard. */
  | { readonly state: "disconnected"; readonly attempts: number };

export interface CarrierListener {
  onMessage(message: AgentMessage): void;
  onStatus(status: LinkStatus): void;
  /** A message came that the contract does not know; it was dropped. */
  onDropped(): void;
}

export interface Carrier {
  /** Called once. The carrier keeps the connection from then on. */
  connect(listener: CarrierListener): void;
  /** Rejects with `CommandFailure`. */
  request<C extends CommandName>(command: C, params: CommandParams<C>): Promise<CommandResult<C>>;
  /** The bytes of an item. */
  content(itemId: string): Promise<Blob>;
  readonly capabilities: { readonly open: boolean; readonly reveal: boolean };
  open(itemId: string): Promise<void>;
  reveal(itemId: string): Promise<void>;
  /** Lets the person save a copy of an item's file. */
  download(itemId: string, name: string): Promise<void>;
}

/** What a command came back with instead of a result. */
export class CommandFailure extends Error {
  readonly code: string;
  constructor(code: string, text: string) {
    super(text);
    this.name = "CommandFailure";
    this.code = code;
  }
}
