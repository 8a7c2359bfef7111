import { expect, it } from "vitest";
import { largestFile } from "./largest-file.ts";
import { temporaryFolder } from "./testing.ts";

const FAT = 0x4d44;
const EXFAT = 0x2011bab0;

it.runIf(process.platform === "linux")(
  "K4: a file system that holds no file of 4 GiB is known before one is accepted",
  () => {
    expect(largestFile("/mnt/stick", () => FAT)).toBe(4 * 1024 ** 3 - 1);
    expect(largestFile("/mnt/stick", () => EXFAT)).toBe(Number.POSITIVE_INFINITY);
    expect(largestFile(temporaryFolder())).toBe(Number.POSITIVE_INFINITY);
    expect(largestFile("/not/there")).toBe(Number.POSITIVE_INFINITY);
  },
);
