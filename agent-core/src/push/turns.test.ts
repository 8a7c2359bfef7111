import { expect, it } from "vitest";
import { Turns } from "./turns.ts";

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("so many have a turn at once; the others in their order, but for those that no longer want one", async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  const aborts = [0, 1, 2, 3, 4].map(() => new AbortController());
  const taken = aborts.map(async ({ signal }, index) => {
    const turn = await turns.take(signal);
    order.push(index);
    return turn;
  });
  taken[2]?.catch(() => undefined);
  await soon();
  expect(order).toEqual([0, 1]);
  aborts[2]?.abort(new Error("enough"));
  await expect(taken[2]).rejects.toThrow("enough");
  const first = await taken[0];
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  await soon();
  expect(order).toEqual([0, 1, 3]);
  (await taken[1])?.[Symbol.dispose]();
  await soon();
  expect(order).toEqual([0, 1, 3, 4]);
  await expect(turns.take(AbortSignal.abort(new Error("never")))).rejects.toThrow("never");
});
