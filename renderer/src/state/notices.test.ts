import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { notify, useNotices } from "./notices.ts";

beforeEach(() => {
  vi.useFakeTimers();
  useNotices.setState({ shown: [] });
});
afterEach(() => {
  vi.useRealTimers();
});

const texts = () => useNotices.getState().shown.map(({ text }) => text);

it("R6: of a thousand notices at once the last few are shown, as the text they are; those that inform go by themselves", () => {
  const markup = '<a href="file:///etc/passwd" onclick=alert(1)>open</a>';
  for (let n = 1; n <= 1000; n++) notify({ tone: n % 2 === 0 ? "error" : "info", text: `${markup} ${n}` });
  expect(texts()).toEqual([997, 998, 999, 1000].map((n) => `${markup} ${n}`));
  vi.runAllTimers();
  expect(texts()).toEqual([998, 1000].map((n) => `${markup} ${n}`));
  expect(vi.getTimerCount()).toBe(0);
});

it("R6: the same words a thousand times are one notice", () => {
  for (let n = 0; n < 1000; n++) notify({ tone: "error", text: "full" });
  expect(texts()).toEqual(["full"]);
});
