import { expect, it } from "vitest";
import { parseAgentMessage, parseJson } from "./parse-message.ts";

const state = {
  accounts: {},
  offers: {},
  transfers: {},
  channels: {},
  settings: { accept: "ask", held: "fetch", folder: "/f", plainLinks: false, receipts: "none" },
  rules: [],
  counters: { unread: 0, unreadByChannel: {}, items: 0 },
};

it.each([
  ["the state", { state }],
  ["a patch", { patch: { counters: { unread: 1 } } }],
  ["a result", { id: 1, result: {} }],
  ["an error", { id: "a", error: { code: "INLET_X", text: "No." } }],
  ["an event that has an id", { event: "offerEnded", id: "o", outcome: "completed" }],
  ["an event that has a state", { event: "registration", account: "a", state: "registered" }],
])("%s is a message", (_, message) => {
  expect(parseAgentMessage(message)).toMatchObject(message);
});

it.each([
  ["nothing", undefined],
  ["null", null],
  ["a number", 3],
  ["a list", []],
  ["an empty object", {}],
  ["a state that is none", { state: { ...state, settings: {} } }],
  ["a patch that is none", { patch: [] }],
  ["an event nobody knows", { event: "surprise" }],
  ["an event with a wrong member", { event: "offerEnded", id: 3, outcome: "completed" }],
  ["an error without words", { id: 1, error: {} }],
  ["an inherited member", Object.create({ state })],
])("%s is none", (_, message) => {
  expect(parseAgentMessage(message)).toBeUndefined();
});

it("reads JSON or nothing", () => {
  expect(parseJson('{"a":1}')).toEqual({ a: 1 });
  expect(parseJson("{")).toBeUndefined();
});
