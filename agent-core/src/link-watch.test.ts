import { spawnSync } from "node:child_process";
import { beforeEach, describe, expect, it } from "vitest";
import { type Clock, type EpochMillis, ManualClock } from "./kernel/index.ts";
import { LinkWatch } from "./link-watch.ts";

describe("the link is watched", () => {
  let manual: ManualClock;
  let outer: string[] | undefined;
  let told: string[];
  let jump: number;
  let watch: LinkWatch;

  beforeEach(() => {
    manual = new ManualClock();
    outer = ["192.0.2.7"];
    told = [];
    jump = 0;
    const clock: Clock = {
      now: () => (manual.now() + jump) as EpochMillis,
      elapsed: () => manual.elapsed(),
      after: (delay, fn) => manual.after(delay, fn),
    };
    watch = new LinkWatch({
      clock,
      addresses: () => outer && { outer, loopback: ["127.0.0.1", "::1"] },
      changed: (link, holds) => {
        const held = ["192.0.2.7", "::ffff:192.0.2.7", "127.0.0.1"].map(holds);
        told.push(`${link} ${held}`);
      },
      resumed: () => void told.push("resumed"),
    });
  });

  it("a network that stays is nothing to tell", () => {
    manual.advance(3_600_000);
    outer = ["192.0.2.7"];
    manual.advance(3_600_000);
    expect(told).toEqual([]);
  });

  it("T5: another network is told within two seconds, and whose address is gone", () => {
    outer = ["198.51.100.9"];
    manual.advance(2_000);
    expect(told).toEqual(["up false,false,true"]);
  });

  it("T5: a second network is told; the first is still there", () => {
    outer = ["192.0.2.7", "10.0.0.1"];
    manual.advance(2_000);
    expect(told).toEqual(["up true,true,true"]);
  });

  it("T5: no network is told, and its return within two seconds", () => {
    outer = [];
    manual.advance(10_000);
    outer = ["192.0.2.7"];
    manual.advance(2_000);
    expect(told).toEqual(["down false,false,true", "up true,true,true"]);
  });

  it("a system that cannot say now is asked again, and what it says then is compared with what it said before", () => {
    outer = undefined;
    manual.advance(10_000);
    expect(told).toEqual([]);
    outer = ["198.51.100.9"];
    manual.advance(2_000);
    expect(told).toEqual(["up false,false,true"]);
  });

  it("T8: eight hours of sleep are told once", () => {
    jump = 8 * 3_600_000;
    manual.advance(20_000);
    expect(told).toEqual(["resumed"]);
  });

  it("T8: a clock set a day ahead asks for one refresh, a day back for none", () => {
    jump = 86_400_000;
    manual.advance(20_000);
    jump = 0;
    manual.advance(20_000);
    expect(told).toEqual(["resumed"]);
  });

  it("a busy computer did not sleep", () => {
    jump = 5_000;
    manual.advance(2_000);
    expect(told).toEqual([]);
  });

  it("after its disposal nothing waits", () => {
    watch[Symbol.dispose]();
    expect(manual.pending).toBe(0);
  });
});

// Windows has no such limit.
it.runIf(process.platform !== "win32")("without a file descriptor left the agent goes on", () => {
  const script = `
    import { openSync } from "node:fs";
    import { ManualClock } from ${JSON.stringify(import.meta.resolve("./kernel/index.ts"))};
    import { LinkWatch } from ${JSON.stringify(import.meta.resolve("./link-watch.ts"))};
    const clock = new ManualClock();
    let exhausted;
    try { for (;;) openSync("/dev/null"); } catch (error) { exhausted = error.code; }
    new LinkWatch({ clock, changed: () => console.log("changed"), resumed: () => {} });
    clock.advance(2_000);
    console.log(exhausted);`;
  const node = ["-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync("sh", node, { encoding: "utf8", timeout: 60_000 });
  expect(stdout, stderr).toBe("EMFILE\n");
});
