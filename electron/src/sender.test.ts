import { expect, test } from "vitest";
import { isOwnSender } from "./sender.ts";

const frame = { url: "app://ui/index.html", parent: null };

test("the top frame of our window with our page is heard", () => {
  expect(isOwnSender({ contents: 1, own: 1, frame })).toBe(true);
});

test.each([
  ["a sub-frame", { contents: 1, own: 1, frame: { ...frame, parent: {} } }],
  ["a second window or the developer tools", { contents: 2, own: 1, frame }],
  ["a page that was navigated away", { contents: 1, own: 1, frame: { ...frame, url: "https://evil.example/" } }],
  ["a page before it has a document", { contents: 1, own: 1, frame: { ...frame, url: "" } }],
  ["a frame that has gone", { contents: 1, own: 1, frame: null }],
  ["anybody when there is no window", { contents: 1, own: undefined, frame }],
])("R3: %s is not", (_, sender) => expect(isOwnSender(sender)).toBe(false));
