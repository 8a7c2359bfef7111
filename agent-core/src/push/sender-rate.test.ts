import { expect, it } from "vitest";
import { LIMITS, ManualClock } from "../kernel/index.ts";
import { SenderRate } from "./sender-rate.ts";

const taken = (rate: SenderRate, asserted: string | undefined, count: number): number => {
  let sum = 0;
  for (let n = 0; n < count; n++)
    if (rate.take({ uri: `sip:${n}@x`, ...(asserted !== undefined && { asserted }) })) sum += 1;
  return sum;
};

it("pushBurst, pushRate: a sender may push so much at once and so much a second; others are not touched", () => {
  const clock = new ManualClock();
  const rate = new SenderRate(clock);
  expect(taken(rate, "sip:ann@x", LIMITS.pushBurst + 100)).toBe(LIMITS.pushBurst);
  expect(taken(rate, "sip:eve@x", 1)).toBe(1);
  clock.advance(2_000);
  expect(taken(rate, "sip:ann@x", LIMITS.pushBurst)).toBe(2 * LIMITS.pushRate);
  clock.advance(86_400_000);
  expect(taken(rate, "sip:ann@x", 2 * LIMITS.pushBurst)).toBe(LIMITS.pushBurst);
});

it("whom nobody vouches for counts as one with all others of the kind, under whatever name", () => {
  expect(taken(new SenderRate(new ManualClock()), undefined, LIMITS.pushBurst + 100)).toBe(LIMITS.pushBurst);
});

it("pushSenders: of so many it is remembered what they pushed", () => {
  const clock = new ManualClock();
  const rate = new SenderRate(clock);
  taken(rate, "sip:first@x", LIMITS.pushBurst);
  expect(taken(rate, "sip:first@x", 1)).toBe(0);
  for (let n = 0; n < LIMITS.pushSenders; n++) taken(rate, `sip:${n}@x`, 1);
  expect(taken(rate, "sip:first@x", 1)).toBe(1);
});
