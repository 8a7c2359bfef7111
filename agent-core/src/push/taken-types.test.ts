import { expect, it } from "vitest";
import { answeredTypes, isTaken, receivedTypes } from "./taken-types.ts";

it.each<[string, string[], string[], string[] | undefined, boolean]>([
  ["everything", ["*"], [], undefined, true],
  ["a type", ["application/x-new"], [], undefined, true],
  ["one of two", ["no/such", "Image/PNG;x=1"], [], undefined, true],
  ["no media type at all", ["no/such", "else"], [], undefined, false],
  ["anything in a wrapper", ["message/cpim"], [], undefined, true],
  ["a wrapper for everything", ["message/cpim"], ["*"], undefined, true],
  ["a wrapper for nothing that is taken", ["message/cpim"], ["no/such"], undefined, false],
  ["a kind that is taken", ["image/png"], [], ["image/*"], true],
  ["a range with a taken type in it", ["image/*"], [], ["image/png"], true],
  ["another kind", ["text/plain"], [], ["image/*"], false],
  ["everything, where little is taken", ["*"], [], ["image/png"], true],
  ["a wrapper for another kind", ["message/cpim"], ["text/plain"], ["image/*"], false],
])("%s", (_, acceptTypes, acceptWrappedTypes, taken, is) => {
  expect(isTaken({ acceptTypes, acceptWrappedTypes }, taken)).toBe(is);
});

it("the answer names what is taken, in the sender's words first", () => {
  expect(answeredTypes(["image/png"])).toEqual(["image/png", "*"]);
  expect(answeredTypes(["*", "text/plain", "message/cpim", "image/png"], ["image/*"])).toEqual([
    "message/cpim",
    "image/png",
    "image/*",
  ]);
  expect(receivedTypes(["image/*"])).toEqual(["image/*", "message/cpim"]);
});

it.each(
  "text/plain text/html image/jpeg image/gif image/png image/svg+xml audio/amr audio/amr-wb audio/mp4 audio/sp-midi video/3gpp video/mp4 application/smil".split(
    " ",
  ),
)("S1-60: %s, which 3GPP TS 26.141 recommends, is taken, and the answer says so", (type) => {
  expect(isTaken({ acceptTypes: [type], acceptWrappedTypes: [] })).toBe(true);
  expect(answeredTypes([type])).toEqual([type, "*"]);
});
