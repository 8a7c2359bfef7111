/**
 * The messages of the two-way carriers (WebSocket, MessagePort). From the agent: the state whole, then patches and
 * events; answers carry the id of their request. To the agent: `commandRequest`.
 */
import type { CommandResponse } from "./commands.ts";
import type { AgentEvent } from "./events.ts";
import type { AgentState, MergePatch } from "./state.ts";

export type AgentMessage =
  | { readonly state: AgentState }
  | { readonly patch: MergePatch }
  | AgentEvent
  | CommandResponse;
