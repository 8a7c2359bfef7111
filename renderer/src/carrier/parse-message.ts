/**
 * The edge: what arrives is unknown until it has been through here. A patch is checked where it is applied
 * (`state/checked-patch.ts`), because only there its meaning is known.
 */
import { type AgentMessage, agentEvent, agentState } from "@inlet/agent-core/contract";
import { z } from "zod";

const id = z.union([z.number(), z.string(), z.null()]);
const patchMessage = z.object({ patch: z.record(z.string(), z.unknown()) });
const stateMessage = z.object({ state: agentState });
const failedResponse = z.object({ id, error: z.object({ code: z.string(), text: z.string() }) });
const response = z.object({ id, result: z.unknown() });

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** `undefined` for what is no message of the contract. */
export function parseAgentMessage(value: unknown): AgentMessage | undefined {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, "event")) return agentEvent.safeParse(value).data;
  if (Object.hasOwn(value, "state")) return stateMessage.safeParse(value).data;
  if (Object.hasOwn(value, "patch")) return patchMessage.safeParse(value).data;
  if (Object.hasOwn(value, "error")) return failedResponse.safeParse(value).data;
  if (Object.hasOwn(value, "result")) return response.safeParse(value).data;
  return undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
