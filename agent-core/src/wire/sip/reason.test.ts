import { expect, it } from "vitest";
import { reasonOf } from "./reason.ts";

it.each([
  ['SIP ;cause=200 ;text="Call completed elsewhere"', { status: 200, words: "SIP 200 Call completed elsewhere" }],
  ["Q.850;cause=16", { words: "Q.850 16" }],
  ['SIP;cause=600;text="a;b=c"', { status: 600, words: "SIP 600 a;b=c" }],
  ["RELEASE_CAUSE", { words: "RELEASE_CAUSE" }],
  ["SIP;cause=7", { words: "SIP 7" }],
  ['SIP;cause=200;text="open', undefined],
  ["SIP;cause=1;cause=2", undefined],
])("Reason: %s", (value, read) => {
  expect(reasonOf({ headers: [{ name: "reason", value }] })).toEqual(read);
});

it("a request without one gives none", () => expect(reasonOf({ headers: [] })).toBeUndefined());
