import { expect, it } from "vitest";
import { isProgramName } from "./program-name.ts";

it.each(["setup.exe", "photo.jpg.EXE", "x.exe. . ", "run.sh", "a.desktop"])("%s is a program", (name) => {
  expect(isProgramName(name)).toBe(true);
});

it.each(["photo.jpg", "exe", "exe.txt", ".", ""])("%s is none", (name) => {
  expect(isProgramName(name)).toBe(false);
});
