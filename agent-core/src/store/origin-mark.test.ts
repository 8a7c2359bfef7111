import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Landing } from "./landing.ts";
import { markOrigin, originMark } from "./origin-mark.ts";
import { toSafeFileName } from "./safe-file-name.ts";

const NOW = Date.UTC(2026, 10, 21);
const folder = mkdtempSync(join(tmpdir(), "inlet-mark-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("F12: the mark that a file came from outside", () => {
  it("is a stream on Windows, which says the zone of the internet", () => {
    expect(originMark("win32", "C:\\in\\a.exe", "sip:ann@example.net", NOW)).toEqual({
      write: "C:\\in\\a.exe:Zone.Identifier",
      text: "[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=sip:ann@example.net\r\n",
    });
  });

  it("is the quarantine attribute on macOS", () => {
    expect(originMark("darwin", "/in/a", "sip:ann@example.net", NOW)).toEqual({
      run: "/usr/bin/xattr",
      args: ["-w", "com.apple.quarantine", "0081;6a1f4100;Inlet;", "/in/a"].with(
        2,
        expect.stringMatching(/^0081;[0-9a-f]{8};Inlet;$/),
      ),
    });
  });

  it.each(["sip:a@h\r\nZoneId=0", "sip:\u202Eé\0@h", `sip:${"a".repeat(5000)}@h`, "sip:\ud800"])(
    "holds nothing but one line of ASCII: %j",
    (from) => {
      const mark = originMark("win32", "x", from, NOW);
      expect(mark !== undefined && "text" in mark ? mark.text : "").toMatch(
        /^\[ZoneTransfer\]\r\nZoneId=3\r\nHostUrl=[!-~]{1,1000}\r\n$/,
      );
    },
  );

  it("is on a real file on Linux from its first moment, and nobody may run it", async (context) => {
    const probe = join(folder, "probe");
    writeFileSync(probe, "");
    if (process.platform !== "linux" || !(await markOrigin(probe, "sip:x@h", NOW)))
      context.skip("no Linux, no setfattr, or a file system that keeps no attributes");
    const landing = Landing.begin({ folder, name: toSafeFileName("a.sh", "x"), id: "a", from: "sip:ann@example.net" });
    landing.write(0, Buffer.from("#!/bin/sh\n"));
    const { path } = await landing.finish({ hashes: {} });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const args = ["--only-values", "-n", "user.xdg.origin.url", path];
    expect(execFileSync("/usr/bin/getfattr", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).toBe(
      "sip:ann@example.net",
    );
  });

  it("K1: many files that end at once are marked one by one: each costs file descriptors", async (context) => {
    if (!existsSync("/usr/bin/setfattr")) context.skip("no setfattr: no program is run for the mark");
    const open = (): number => readdirSync("/proc/self/fd").length;
    const paths = Array.from({ length: 40 }, (_, n) => join(folder, `many${n}`));
    for (const path of paths) writeFileSync(path, "");
    const before = open();
    const marked = paths.map((path) => markOrigin(path, "sip:x@h", NOW));
    await Promise.resolve();
    expect(open() - before).toBeLessThan(20);
    expect(new Set(await Promise.all(marked)).size).toBe(1);
  });
});
