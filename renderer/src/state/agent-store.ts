/**
 * The mirror of the agent's state, and how the link to it stands. Unchanged parts keep their identity through a patch,
 * so that a selector that reads one transfer repaints one row.
 */
import { type AgentState, type MergePatch, type Transfer, transferKey } from "@inlet/agent-core/contract";
import { create } from "zustand";
import type { LinkStatus } from "../carrier/carrier.ts";
import { applyCheckedPatch } from "./checked-patch.ts";
import { addSample, type Sample } from "./speed.ts";

export interface AgentMirror {
  readonly link: LinkStatus;
  /** `undefined` until the agent has been heard for the first time. It stays, dimmed, while the link is down. */
  readonly agent: AgentState | undefined;
  /** Messages that could not be read. */
  readonly dropped: number;
  /** By `transferKey`. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

export const emptyMirror: AgentMirror = {
  link: { state: "disconnected", attempts: 0 },
  agent: undefined,
  dropped: 0,
  samples: {},
};

export const useAgent = create<AgentMirror>(() => emptyMirror);

type Samples = AgentMirror["samples"];

/** Samples of the transfers that run, those with news extended. */
function sampled(samples: Samples, before: AgentState | undefined, now: AgentState, at: number): Samples {
  if (before?.transfers === now.transfers) return samples;
  const result: Record<string, readonly Sample[]> = {};
  for (const [key, { received }] of Object.entries(now.transfers)) {
    const known = samples[key] ?? [];
    result[key] = known.at(-1)?.received === received ? known : addSample(known, { at, received });
  }
  return result;
}

/** What a message does to the mirror; pure. */
export function withState(mirror: AgentMirror, agent: AgentState, at: number): AgentMirror {
  return { ...mirror, agent, samples: sampled({}, undefined, agent, at) };
}

export function withPatch(mirror: AgentMirror, patch: MergePatch, at: number): AgentMirror {
  if (mirror.agent === undefined) return { ...mirror, dropped: mirror.dropped + 1 };
  const agent = applyCheckedPatch(mirror.agent, patch);
  if (agent === undefined) return { ...mirror, dropped: mirror.dropped + 1 };
  return { ...mirror, agent, samples: sampled(mirror.samples, mirror.agent, agent, at) };
}

/** A `transfer` event says what a patch may say later; the larger number holds. */
export function withProgress(
  mirror: AgentMirror,
  progress: { readonly offer: string; readonly index: number; readonly received: number },
  at: number,
): AgentMirror {
  const key = transferKey(progress.offer, progress.index);
  const transfer: Transfer | undefined = mirror.agent?.transfers[key];
  if (transfer === undefined || progress.received <= transfer.received) return mirror;
  return withPatch(mirror, { transfers: { [key]: { received: progress.received } } }, at);
}
