/**
 * Applies a merge patch (RFC 7396) to the mirrored state and checks what it changed, and only that: a patch that would
 * leave something the contract does not know is refused whole.
 */
import { type AgentState, agentState, applyMergePatch, type MergePatch } from "@inlet/agent-core/contract";

const { accounts, offers, transfers, channels, settings, rules, counters } = agentState.shape;
const collections = { accounts, offers, transfers, channels } as const;
const singles = { settings, rules, counters } as const;

type Record_ = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Record_ => typeof value === "object" && value !== null;

const isCollection = (name: string): name is keyof typeof collections => Object.hasOwn(collections, name);
const isSingle = (name: string): name is keyof typeof singles => Object.hasOwn(singles, name);

/** `undefined` when the result would not be a state. */
export function applyCheckedPatch(state: AgentState, patch: MergePatch): AgentState | undefined {
  const result = applyMergePatch(state, patch);
  for (const [name, change] of Object.entries(patch)) {
    if (isSingle(name)) {
      if (!singles[name].safeParse(result[name]).success) return undefined;
    } else if (isCollection(name)) {
      if (!isObject(change) || !isObject(result[name])) return undefined;
      const entry = collections[name].valueType;
      for (const key of Object.keys(change)) {
        const now: unknown = result[name][key];
        if (now !== undefined && !entry.safeParse(now).success) return undefined;
      }
    }
    // A member that this version does not know changes nothing here.
  }
  return result;
}
