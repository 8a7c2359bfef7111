/** A receiver of a test: keeps every message and what became of it, and lets the test wait for that. */
import type { InletError, Reason } from "../../kernel/index.ts";
import type { MessageHead, RelayLink } from "../index.ts";
import type { ReceiveOptions } from "../msrp-session.ts";
import type { SecurePeer } from "../peer-proof.ts";

export interface Recorded {
  readonly head: MessageHead;
  content: Buffer;
  writes: number;
  completed: number | undefined;
  aborted: Reason | undefined;
}

export class Recorder implements ReceiveOptions {
  readonly acceptTypes: readonly string[];
  readonly maxSize?: number;
  readonly peerPath?: readonly string[];
  readonly secure?: SecurePeer;
  readonly relay?: RelayLink | undefined;
  readonly offset?: number;
  readonly messages: Recorded[] = [];
  readonly closings: (Reason | undefined)[] = [];
  /** Thrown by the next write. */
  failWrite: InletError | undefined;
  /** Rejects complete(). */
  failComplete: InletError | undefined;
  /** Awaited by complete(). */
  hold: Promise<void> | undefined;
  #look: (() => void)[] = [];

  constructor(
    options: Partial<Pick<ReceiveOptions, "acceptTypes" | "maxSize" | "peerPath" | "secure" | "relay" | "offset">> = {},
  ) {
    this.acceptTypes = options.acceptTypes ?? ["*"];
    if (options.maxSize !== undefined) this.maxSize = options.maxSize;
    if (options.peerPath !== undefined) this.peerPath = options.peerPath;
    if (options.offset !== undefined) this.offset = options.offset;
    if (options.secure !== undefined) this.secure = options.secure;
    this.relay = options.relay;
  }

  get only(): Recorded {
    const [first, second] = this.messages;
    if (first === undefined || second !== undefined) throw new Error(`${this.messages.length} messages`);
    return first;
  }

  onMessage(head: MessageHead) {
    const message: Recorded = { head, content: Buffer.alloc(0), writes: 0, completed: undefined, aborted: undefined };
    this.messages.push(message);
    this.#wake();
    return {
      write: (position: number, bytes: Uint8Array): void => {
        if (this.failWrite !== undefined) throw this.failWrite;
        const end = position + bytes.length;
        if (end > message.content.length) {
          message.content = Buffer.concat([message.content, Buffer.alloc(end - message.content.length)]);
        }
        message.content.set(bytes, position);
        message.writes++;
        this.#wake();
      },
      complete: async (total: number): Promise<void> => {
        await this.hold;
        if (this.failComplete !== undefined) throw this.failComplete;
        message.completed = total;
        this.#wake();
      },
      abort: (reason: Reason): void => {
        message.aborted = reason;
        this.#wake();
      },
    };
  }

  onClosed(reason?: Reason): void {
    this.closings.push(reason);
    this.#wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#look.push(resolve));
  }

  #wake(): void {
    const look = this.#look;
    this.#look = [];
    for (const resolve of look) resolve();
  }
}
