import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../kernel/index.ts";
import { KeepAlive } from "./keep-alive.ts";

describe("keep-alive (RFC 5626 §4.4.1)", () => {
  let clock: ManualClock;
  let sent: string[];
  let deaths: number;
  let keepAlive: KeepAlive;
  let random: number;

  beforeEach(() => {
    clock = new ManualClock();
    sent = [];
    deaths = 0;
    random = 1;
    keepAlive = new KeepAlive(
      clock,
      (bytes) => void sent.push(Buffer.from(bytes).toString()),
      () => deaths++,
      () => random,
    );
  });

  it("a ping goes out every 16 to 20 s", () => {
    for (const [draw, after] of [
      [0, 16_000],
      [1, 20_000],
    ] as const) {
      sent = [];
      random = draw;
      keepAlive.start();
      clock.advance(after - 1000);
      expect(sent).toEqual([]);
      clock.advance(1000);
      expect(sent).toEqual(["\r\n\r\n"]);
      keepAlive.stop();
    }
  });

  it("a server that never answers pings is not given up: it may not know them", () => {
    keepAlive.start();
    clock.advance(3_600_000);
    expect([deaths, sent.length > 30]).toEqual([0, true]);
  });

  it("T4: one that answered, and stops, is dead ten seconds after a ping", () => {
    keepAlive.start();
    clock.advance(20_000);
    keepAlive.emptyLine();
    clock.advance(20_000);
    expect([sent.length, deaths]).toEqual([2, 0]);
    clock.advance(10_000);
    expect(deaths).toBe(1);
  });

  it("a message in place of the pong shows life too", () => {
    keepAlive.start();
    clock.advance(20_000);
    keepAlive.emptyLine();
    clock.advance(20_000);
    keepAlive.message();
    clock.advance(10_000);
    expect(deaths).toBe(0);
  });

  it("two empty lines from the other side are answered by one, wherever they were cut", () => {
    keepAlive.emptyLine();
    expect(sent).toEqual([]);
    keepAlive.emptyLine();
    expect(sent).toEqual(["\r\n"]);
    keepAlive.emptyLine();
    keepAlive.message();
    keepAlive.emptyLine();
    expect(sent).toEqual(["\r\n"]);
  });

  it("stopped, it leaves no timer", () => {
    keepAlive.start();
    clock.advance(20_000);
    keepAlive.stop();
    expect(clock.pending).toBe(0);
  });

  it("T4: a peer that has promised to answer is gone when its first pong stays away", () => {
    keepAlive.start();
    keepAlive.promised();
    clock.advance(20_000);
    expect(deaths).toBe(0);
    clock.advance(10_000);
    expect(deaths).toBe(1);
  });

  it.each([
    [15, 15_000],
    [0, 10_000],
    [1e9, 20_000],
  ])("Flow-Timer: %i is kept, within reason", (seconds, after) => {
    keepAlive.start();
    keepAlive.promised(seconds);
    clock.advance(after - 1);
    expect(sent).toEqual([]);
    clock.advance(1);
    expect(sent).toEqual(["\r\n\r\n"]);
  });
});
