import { expect, test } from "vitest";
import { electronBinary } from "./electron-binary.ts";

const exists = (): boolean => true;

test("Linux needs a display, of either kind", () => {
  const machine = { platform: "linux", exists } as const;
  expect(electronBinary("/r", { ...machine, env: {} })).toBeUndefined();
  expect(electronBinary("/r", { ...machine, env: { DISPLAY: "" } })).toBeUndefined();
  for (const env of [{ DISPLAY: ":0" }, { WAYLAND_DISPLAY: "wayland-0" }]) {
    expect(electronBinary("/r", { ...machine, env })).toBe("/r/node_modules/electron/dist/electron");
  }
});

test("without the binary there is no window", () => {
  expect(electronBinary("/r", { platform: "linux", env: { DISPLAY: ":0" }, exists: () => false })).toBeUndefined();
  expect(electronBinary("/r", { platform: "aix", env: {}, exists })).toBeUndefined();
});

test("macOS keeps it in a bundle", () => {
  expect(electronBinary("/r", { platform: "darwin", env: {}, exists })).toMatch(
    /Electron\.app\/Contents\/MacOS\/Electron$/,
  );
});
