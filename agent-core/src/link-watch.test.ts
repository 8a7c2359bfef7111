import { beforeEach, describe, expect, it } from "vitest";
import { type Clock, type EpochMillis, ManualClock } from "./kernel/index.ts";
import { LinkWatch } from "./link-watch.ts";

describe("the link is watched", () => {
  let manual: ManualClock;
  let outer: string[];
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
      addresses: () => ({ outer, loopback: ["127.0.0.1", "::1"] }),
      changed: (link, holds) => {
        const held = ["192.0.2.7", "::ffff:192.0.2.7", "127.0.0.1"].map(holds);
        told.push(`${link} ${held}`);
      },
      resumed: () => void told.push("resumed"),
    });
  });

  it("a network that stays is nothing to tell", () => {
    manual.advance(3_600_000);
    outer = [...outer];
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
