/**
 * What a desktop host's preload exposes to this page as `window.inletHost`. Everything that crosses is structured-clone
 * safe; the page names items by id and never sees or gives a path.
 */
export interface HostBridge {
  /** One `CommandRequest` to the agent. */
  send(message: unknown): void;
  /** Every `AgentMessage`. The first after the call is the state whole. */
  onMessage(listener: (message: unknown) => void): void;
  /** Whether the agent runs, for a host that can tell. Without it, a message means that it does. */
  onStatus?(listener: (status: "connected" | "disconnected") => void): void;
  /** The bytes of an item. */
  content(itemId: string): Promise<ArrayBuffer>;
  /** Opens an item's file with the program the system has for it. */
  openItem(itemId: string): Promise<void>;
  /** Shows an item's file in the system's file manager. */
  revealItem(itemId: string): Promise<void>;
}

declare global {
  interface Window {
    readonly inletHost?: HostBridge;
  }
}
