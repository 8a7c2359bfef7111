import { expect, test } from "vitest";
import { defaultDataFolder, defaultReceivedFolder } from "./folders.ts";

const home = "/home/bob";

test("Linux follows XDG, and ignores a relative value as XDG says", () => {
  expect(defaultDataFolder({ platform: "linux", env: {}, home })).toBe("/home/bob/.local/share/inlet");
  expect(defaultDataFolder({ platform: "linux", env: { XDG_DATA_HOME: "/data" }, home })).toBe("/data/inlet");
  expect(defaultDataFolder({ platform: "linux", env: { XDG_DATA_HOME: "data" }, home })).toBe(
    "/home/bob/.local/share/inlet",
  );
});

test("macOS and Windows have their own places", () => {
  expect(defaultDataFolder({ platform: "darwin", env: {}, home })).toBe("/home/bob/Library/Application Support/Inlet");
  expect(defaultDataFolder({ platform: "win32", env: { LOCALAPPDATA: "/L" }, home })).toBe("/L/Inlet");
});

test("finished files go to the downloads", () => {
  expect(defaultReceivedFolder({ platform: "linux", env: {}, home })).toBe("/home/bob/Downloads/Inlet");
});
