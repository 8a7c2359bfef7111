import { expect, it } from "vitest";
import { addSample, rate, type Sample, timeLeft } from "./speed.ts";

const run = (samples: readonly Sample[]) => samples.reduce<readonly Sample[]>(addSample, []);
const steady = (seconds: number) =>
  run(Array.from({ length: seconds * 10 + 1 }, (_, n) => ({ at: n * 100, received: n * 1_000 })));

it("is the mean of the last seconds", () => {
  expect(rate(steady(20))).toBeCloseTo(10_000, -2);
  expect(timeLeft(steady(2), 40_000)).toBeCloseTo(2_000, -2);
});

it("keeps few samples however often they come", () => {
  const often = run(Array.from({ length: 60_000 }, (_, at) => ({ at, received: at })));
  expect(often.length).toBeLessThanOrEqual(34);
  expect(rate(often)).toBeCloseTo(1_000);
});

it("says nothing before there is something to go by", () => {
  expect(rate([])).toBeUndefined();
  expect(rate(run([{ at: 0, received: 0 }]))).toBeUndefined();
  expect(timeLeft(steady(2), undefined)).toBeUndefined();
});

it("says no time for a transfer that stands still", () => {
  expect(
    timeLeft(
      run([
        { at: 0, received: 5 },
        { at: 1_000, received: 5 },
      ]),
      10,
    ),
  ).toBeUndefined();
});

it("starts afresh when a transfer starts again", () => {
  expect(addSample(steady(2), { at: 3_000, received: 0 })).toEqual([{ at: 3_000, received: 0 }]);
});
