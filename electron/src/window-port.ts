/** The port of a window, in the agent's process: the contract, and the bytes of items beside it. */
import { type Agent, publicReason, type UiPort } from "@inlet/agent-core";
import { InletError, type Log } from "@inlet/agent-core/kernel";
import { CONTENT_LIMIT, type ContentReply, isContentRequest } from "./messages.ts";

/** What is needed of Electron's MessagePortMain. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { data: unknown }) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  start(): void;
}

export function windowPort(agent: Agent, port: MessagePortLike, log: Log): UiPort {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      port.on("message", ({ data }) => {
        if (!isContentRequest(data)) return listener(data);
        readContent(agent, data.item).then(
          (bytes) => port.postMessage({ content: data.content, bytes } satisfies ContentReply),
          (error: unknown) => {
            const reply: ContentReply = { content: data.content, error: publicReason(error, log, "content") };
            port.postMessage(reply);
          },
        );
      });
      port.start();
    },
    onClose: (listener) => void port.on("close", listener),
  };
}

async function readContent(agent: Agent, item: string): Promise<ArrayBuffer> {
  const content = await agent.content(item);
  if (content.size > CONTENT_LIMIT) throw new InletError("INLET_ITEM_TOO_LARGE_TO_SHOW");
  const bytes = new Uint8Array(content.size);
  let at = 0;
  for await (const chunk of content.open()) {
    const part = chunk as Buffer;
    // The file can have grown since its size was taken.
    bytes.set(part.subarray(0, bytes.length - at), at);
    at += Math.min(part.length, bytes.length - at);
  }
  return bytes.buffer.slice(0, at);
}
