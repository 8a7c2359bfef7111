import { expect, test } from "vitest";
import { isAlive, watched } from "./ancestors.ts";

const behind = (command: string, parent: number) => () => ({ command, parent });

test("npm behind its shell is watched, and the shell", () => {
  expect(watched(20, true, behind("sh", 10))).toEqual([20, 10]);
  expect(watched(20, true, behind("/bin/bash", 10))).toEqual([20, 10]);
});

test("npm as the parent is watched, and not who started it", () => {
  expect(watched(20, true, behind("npm start", 10))).toEqual([20]);
  expect(watched(20, true, () => undefined)).toEqual([20]);
});

test("a shell that belongs to nobody any more leaves only itself to watch", () => {
  expect(watched(20, true, behind("sh", 1))).toEqual([20]);
});

test("without npm nobody is watched", () => expect(watched(20, false, behind("bash", 10))).toEqual([]));

test("the living and the dead", () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 22 + 1)).toBe(false);
});

test("the real parent of this process is found", () => {
  expect(watched(process.ppid, true)[0]).toBe(process.ppid);
});
