/**
 * The bridge of the page: `window.inletHost`. The page's requests go over its port straight to the agent's process;
 * opening and showing files goes to the main process. Nothing of Electron or Node is reachable through it.
 */
import { contextBridge, ipcRenderer } from "electron";
import { ContentRequests } from "./content-requests.ts";

type Status = "connected" | "disconnected";

let port: MessagePort | undefined;
/** What arrives before the page listens: the state is the first message and must not be lost. */
let early: unknown[] = [];
let onMessage: ((message: unknown) => void) | undefined;
let onStatus: ((status: Status) => void) | undefined;

const contents = new ContentRequests((request) => {
  if (port === undefined) return false;
  port.postMessage(request);
  return true;
});

function disconnected(): void {
  port = undefined;
  contents.failAll();
  onStatus?.("disconnected");
}

ipcRenderer.on("agent-port", ({ ports: [next] }) => {
  if (next === undefined) return;
  port?.close();
  port = next;
  early = [];
  next.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (contents.take(data)) return;
    if (onMessage === undefined) early.push(data);
    else onMessage(data);
  };
  next.addEventListener("close", () => {
    if (port === next) disconnected();
  });
  next.start();
  onStatus?.("connected");
});

async function ask(channel: "items.open" | "items.reveal", id: unknown): Promise<void> {
  const failure: { text: string } | undefined = await ipcRenderer.invoke(channel, String(id));
  if (failure !== undefined) throw new Error(failure.text);
}

/** The shape that the page declares in renderer/src/carrier/host-bridge.ts. */
const host = {
  send: (message: unknown): void => port?.postMessage(message),
  onMessage(listener: (message: unknown) => void): void {
    onMessage = listener;
    for (const message of early.splice(0)) listener(message);
  },
  onStatus(listener: (status: Status) => void): void {
    onStatus = listener;
  },
  content: (item: string): Promise<ArrayBuffer> => contents.ask(String(item)),
  openItem: (item: string): Promise<void> => ask("items.open", item),
  revealItem: (item: string): Promise<void> => ask("items.reveal", item),
};

contextBridge.exposeInMainWorld("inletHost", host);
