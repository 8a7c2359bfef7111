/** What crosses between the main process and the agent's. Both are ours and start together: types are enough. */
import type { AgentOptions } from "@inlet/agent-core";
import type { AgentEvent, CommandResponse } from "@inlet/agent-core/contract";
import type { Reason } from "@inlet/agent-core/kernel";

/** What of the options can be cloned. */
export type AgentConfig = Omit<AgentOptions, "log" | "clock">;

export type ToAgent =
  | { readonly type: "start"; readonly config: AgentConfig }
  /** Comes with the port of a window. */
  | { readonly type: "connect" }
  | { readonly type: "execute"; readonly id: number; readonly command: string; readonly params: unknown }
  /** The computer falls asleep, or wakes. */
  | { readonly type: "suspended" }
  | { readonly type: "resumed" }
  | { readonly type: "stop" };

export type FromAgent =
  | { readonly type: "started" }
  | { readonly type: "failed"; readonly reason: Reason }
  | { readonly type: "answer"; readonly response: CommandResponse }
  | { readonly type: "event"; readonly event: AgentEvent };

/** On a window's port, beside the contract: the bytes of an item. `content` numbers the request. */
export interface ContentRequest {
  readonly content: number;
  readonly item: string;
}

export type ContentReply =
  | { readonly content: number; readonly bytes: ArrayBuffer }
  | { readonly content: number; readonly error: { readonly code: string; readonly text: string } };

/** Largest item a window gets in one piece; larger ones are opened from where they lie. */
export const CONTENT_LIMIT = 64 * 1024 * 1024;

export const isContentRequest = (message: unknown): message is ContentRequest =>
  typeof message === "object" &&
  message !== null &&
  "content" in message &&
  Number.isSafeInteger(message.content) &&
  "item" in message &&
  typeof message.item === "string" &&
  message.item.length <= 512;

export const isContentReply = (message: unknown): message is ContentReply =>
  typeof message === "object" && message !== null && "content" in message;
