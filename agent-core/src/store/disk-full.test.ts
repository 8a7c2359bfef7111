/** A disk that is really full: a tmpfs of 256 KiB, mounted in a namespace of its own (Linux). */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { toDiskError } from "./disk-error.ts";
import { temporaryFolder } from "./testing.ts";

/** Runs the module code `body` with the small disk at `disk`; it prints one JSON value. */
function onSmallDisk(body: string): unknown {
  const disk = temporaryFolder();
  const code = `
    import { readdirSync } from "node:fs";
    import { Landing, Store, toSafeFileName } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { silentLog, systemClock } from ${JSON.stringify(new URL("../kernel/index.ts", import.meta.url).href)};
    const disk = ${JSON.stringify(disk)};
    ${body}`;
  const script = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" --input-type=module -e "$3"';
  const child = spawnSync("unshare", ["-rm", "sh", "-c", script, "sh", disk, process.execPath, code], {
    encoding: "utf8",
  });
  expect(child.stderr.replaceAll(/^.*ExperimentalWarning.*$|^\(Use .*$/gm, "").trim()).toBe("");
  return JSON.parse(child.stdout);
}

const mountable =
  spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], { encoding: "utf8" }).status === 0;
if (!mountable) console.warn("disk-full.test.ts: skipped, this system lets no tmpfs be mounted in a namespace");

describe.skipIf(!mountable)("when the disk is full", () => {
  it("K1: a landing fails with INLET_DISK_FULL, is kept, and goes on when there is room", () => {
    const result = onSmallDisk(`
      import { rmSync, writeFileSync } from "node:fs";
      writeFileSync(disk + "/other", new Uint8Array(150_000));
      const landing = Landing.begin({ folder: disk, name: toSafeFileName("a"), id: "a" });
      let failed;
      try { landing.write(0, new Uint8Array(200_000)); } catch (error) { failed = error.code; }
      const received = landing.received;
      rmSync(disk + "/other");
      landing.write(0, new Uint8Array(200_000));
      const { size } = await landing.finish({ size: 200_000, hashes: {} });
      console.log(JSON.stringify({ failed, received, size, left: readdirSync(disk) }));`);
    expect(result).toEqual({ failed: "INLET_DISK_FULL", received: 0, size: 200_000, left: ["a"] });
  });

  it("K1: the store fails with INLET_DISK_FULL, records nothing of it, and keeps what it had", () => {
    const result = onSmallDisk(`
      const options = { clock: systemClock, log: silentLog };
      let store = Store.open(disk, options);
      store.setSetting("kept", true);
      let failed;
      try { store.setSetting("large", "x".repeat(300_000)); } catch (error) { failed = error.code; }
      const now = [store.getSetting("kept"), store.getSetting("large")];
      store.setSetting("after", true);
      store.close();
      store = Store.open(disk, options);
      console.log(JSON.stringify({ failed, now, later: [store.getSetting("kept"), store.getSetting("after")] }));`);
    expect(result).toEqual({ failed: "INLET_DISK_FULL", now: [true, null], later: [true, true] });
  });
});

it.each([
  ["ENOSPC", "INLET_DISK_FULL"],
  ["EDQUOT", "INLET_DISK_FULL"],
  ["EIO", "INLET_DISK_FAILED"],
  ["EROFS", "INLET_DISK_FAILED"],
])("%s is %s, and its message holds no path", (errno, code) => {
  const failed = Object.assign(new Error(`${errno}: open '/home/bob/x'`), { code: errno, syscall: "open" });
  const error = toDiskError(failed);
  expect(error).toMatchObject({ code, detail: errno });
  expect(String(error)).not.toContain("/home");
});

it("a bug is not taken for a disk failure", () => {
  const bug = new TypeError("x is not a function");
  expect(toDiskError(bug)).toBe(bug);
});
