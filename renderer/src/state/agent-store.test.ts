import type { AgentState } from "@inlet/agent-core/contract";
import { expect, it } from "vitest";
import { emptyMirror, withPatch, withProgress, withState } from "./agent-store.ts";
import { overallProgress } from "./selectors.ts";

const transfer = (offer: string, received: number) => ({
  offer,
  index: 0,
  account: "sip:bob@example.net",
  from: { uri: "sip:anna@example.net" },
  name: "film.mp4",
  size: 1_000,
  received,
  state: "receiving" as const,
  startedAt: "2026-11-21T12:00:00Z",
});

const state: AgentState = {
  accounts: {},
  offers: {},
  transfers: { "a#0": transfer("a", 0), "b#0": transfer("b", 0) },
  channels: {},
  settings: { accept: "ask", held: "fetch", folder: "/f", plainLinks: false, receipts: "none" },
  rules: [],
  counters: { unread: 0, unreadByChannel: {}, items: 0 },
};
const mirror = withState(emptyMirror, state, 0);

it("changes what the patch names and keeps the rest as it is", () => {
  const next = withPatch(mirror, { transfers: { "a#0": { received: 10 } } }, 100);
  expect(next.agent?.transfers["a#0"]?.received).toBe(10);
  expect(next.agent?.transfers["b#0"]).toBe(mirror.agent?.transfers["b#0"]);
  expect(next.agent?.accounts).toBe(mirror.agent?.accounts);
  expect(next.samples["b#0"]).toBe(mirror.samples["b#0"]);
});

it("forgets what a null removes, with its samples", () => {
  const next = withPatch(mirror, { transfers: { "a#0": null } }, 100);
  expect(Object.keys(next.agent?.transfers ?? {})).toEqual(["b#0"]);
  expect(Object.keys(next.samples)).toEqual(["b#0"]);
});

it.each([
  ["a member of the wrong type", { transfers: { "a#0": { received: "all" } } }],
  ["an unfinished entry", { transfers: { "c#0": { received: 1 } } }],
  ["a collection that is gone", { transfers: null }],
  ["a collection that is none", { offers: 3 }],
  ["settings that are none", { settings: { accept: "always" } }],
  ["counters below zero", { counters: { unread: -1 } }],
])("drops and counts a patch with %s", (_, patch) => {
  const next = withPatch(mirror, patch, 100);
  expect(next.agent).toBe(mirror.agent);
  expect(next.dropped).toBe(1);
});

it("drops a patch that comes before any state", () => {
  expect(withPatch(emptyMirror, { counters: { unread: 1 } }, 0)).toMatchObject({ agent: undefined, dropped: 1 });
});

it("lets a member of a later version pass", () => {
  const next = withPatch(mirror, { later: { x: 1 } }, 0);
  expect(next.dropped).toBe(0);
});

it("takes __proto__ for a name like any other", () => {
  const patch = JSON.parse('{"channels":{"__proto__":{"polluted":true}}}');
  expect(withPatch(mirror, patch, 0).dropped).toBe(1);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
});

it("never lets progress go back, nor invents a transfer", () => {
  const ahead = withProgress(mirror, { offer: "a", index: 0, received: 500 }, 100);
  expect(ahead.agent?.transfers["a#0"]?.received).toBe(500);
  expect(withProgress(ahead, { offer: "a", index: 0, received: 400 }, 200)).toBe(ahead);
  expect(withProgress(ahead, { offer: "z", index: 0, received: 400 }, 200)).toBe(ahead);
});

it("adds up everything that runs", () => {
  expect(overallProgress(emptyMirror)).toBeUndefined();
  expect(overallProgress(withProgress(mirror, { offer: "a", index: 0, received: 500 }, 0))).toBe(25);
});
