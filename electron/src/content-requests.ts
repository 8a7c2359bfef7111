/** Requests for the bytes of items that wait for their reply. Runs in the preload: no Node. */
import { type ContentReply, type ContentRequest, isContentReply } from "./messages.ts";

interface Waiting {
  resolve(bytes: ArrayBuffer): void;
  reject(error: Error): void;
}

export class ContentRequests {
  readonly #waiting = new Map<number, Waiting>();
  readonly #send: (request: ContentRequest) => boolean;
  #last = 0;

  /** `send` says whether there was somebody to send to. */
  constructor(send: (request: ContentRequest) => boolean) {
    this.#send = send;
  }

  ask(item: string): Promise<ArrayBuffer> {
    this.#last += 1;
    const content = this.#last;
    return new Promise((resolve, reject) => {
      if (!this.#send({ content, item })) reject(new Error("The agent does not run."));
      else this.#waiting.set(content, { resolve, reject });
    });
  }

  /** True when the message was a reply of this kind. */
  take(message: unknown): boolean {
    if (!isContentReply(message)) return false;
    const reply: ContentReply = message;
    const waiting = this.#waiting.get(reply.content);
    this.#waiting.delete(reply.content);
    if ("bytes" in reply) waiting?.resolve(reply.bytes);
    else waiting?.reject(new Error(reply.error.text));
    return true;
  }

  failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error("The agent has ended."));
    this.#waiting.clear();
  }
}
