import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InletError, LIMITS } from "../kernel/index.ts";
import { Assembly } from "./assembly.ts";
import { RangeSet } from "./range-set.ts";
import { Stage } from "./stage.ts";

const codeOf = (fn: () => unknown): string | undefined => {
  try {
    fn();
  } catch (error) {
    if (error instanceof InletError) return error.code;
    throw error;
  }
  return undefined;
};

test("a range set knows what a set of positions knows", () => {
  const pair = fc.tuple(fc.nat(60), fc.nat(12));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
      const ranges = new RangeSet();
      const model = new Set<number>();
      for (const [start, length] of pairs) {
        ranges.add(start, start + length);
        for (let i = start; i < start + length; i++) model.add(i);
      }
      let prefix = 0;
      while (model.has(prefix)) prefix++;
      expect(ranges.prefix).toBe(prefix);
      expect(ranges.end).toBe(model.size === 0 ? 0 : Math.max(...model) + 1);
      expect(ranges.size).toBe([...model].filter((n) => !model.has(n - 1)).length);
    }),
  );
});

describe("assembly", () => {
  const chunk = (a: Assembly, start: number, length: number, last = false, total?: number): void => {
    a.open({ start: start + 1, ...(total === undefined ? {} : { total }) });
    if (length > 0) a.take(start, length);
    a.close(start, start + length, last);
  };

  test("M5: chunks in any order, twice and overlapping, are whole exactly when all is there and $ was seen", () => {
    const cut = fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 10 });
    fc.assert(
      fc.property(cut, fc.array(fc.nat(1000)), fc.boolean(), (cuts, order, declared) => {
        const edges = [0, ...new Set(cuts)].sort((a, b) => a - b);
        const chunks = edges.map((start, i) => [start, edges[i + 1] ?? 100] as const);
        const shuffled = chunks
          .map((c, i) => ({ c, key: order[i] ?? i }))
          .sort((a, b) => a.key - b.key)
          .map(({ c }) => c);
        const assembly = new Assembly(undefined);
        const here = new Set<number>();
        let lastSeen = false;
        for (const [start, end] of shuffled) {
          const again = Math.max(0, start - 3);
          chunk(assembly, again, end - again, end === 100, declared ? 100 : undefined);
          for (let i = again; i < end; i++) here.add(i);
          lastSeen ||= end === 100;
          expect(assembly.whole).toBe(lastSeen && here.size === 100);
        }
        expect(assembly.whole).toBe(true);
        expect(assembly.total).toBe(100);
      }),
    );
  });

  test("all octets without $ are not whole; an empty last chunk makes them so", () => {
    const a = new Assembly(undefined);
    chunk(a, 0, 10, false, 10);
    expect(a.whole).toBe(false);
    chunk(a, 10, 0, true, 10);
    expect(a.whole).toBe(true);
  });

  test("the empty message", () => {
    const a = new Assembly(0);
    chunk(a, 0, 0, true, 0);
    expect(a.whole).toBe(true);
  });

  type Chunk = [start: number, length: number, last?: boolean, total?: number];
  test.each<[string, Chunk[], string]>([
    [
      "totals that contradict",
      [
        [0, 5, false, 10],
        [5, 5, false, 11],
      ],
      "INLET_MSRP_RANGE",
    ],
    ["M6: $ before the total", [[0, 5, true, 10]], "INLET_MSRP_RANGE"],
    [
      "$ before octets that are here",
      [
        [5, 5],
        [0, 5, true],
      ],
      "INLET_MSRP_RANGE",
    ],
    [
      "a start beyond the total",
      [
        [0, 5, false, 10],
        [11, 0],
      ],
      "INLET_MSRP_RANGE",
    ],
    [
      "octets after the total",
      [
        [0, 5, false, 10],
        [10, 1],
      ],
      "INLET_MSRP_RANGE",
    ],
    ["octets across the total", [[0, 11, false, 10]], "INLET_TRANSFER_TOO_LARGE"],
    [
      "octets across the accepted size",
      [
        [0, 50],
        [50, 51],
      ],
      "INLET_TRANSFER_TOO_LARGE",
    ],
    ["a total above the accepted size", [[0, 5, false, 101]], "INLET_TRANSFER_TOO_LARGE"],
  ])("refuses %s", (_, chunks, code) => {
    const a = new Assembly(100);
    const last = chunks.pop();
    for (const c of chunks) chunk(a, ...c);
    expect(codeOf(() => last !== undefined && chunk(a, ...last))).toBe(code);
  });

  test("msrpRanges: a message in too many pieces is refused, so that memory stays bounded", () => {
    const a = new Assembly(undefined);
    for (let i = 0; i < LIMITS.msrpRanges; i++) chunk(a, i * 2, 1);
    expect(codeOf(() => chunk(a, LIMITS.msrpRanges * 2, 1))).toBe("INLET_MSRP_TOO_MANY_PIECES");
  });
});

describe("stage", () => {
  test("adjacent bodies of one read are one write, in the order they came", () => {
    const read = Buffer.from("..abc....def..ghi.xyz");
    const writes: [number, string][] = [];
    const owner = { write: (at: number, b: Uint8Array) => void writes.push([at, Buffer.from(b).toString()]) };
    const stage = new Stage();
    stage.begin(read);
    stage.add(owner, 10, read.subarray(2, 5));
    stage.add(owner, 13, read.subarray(9, 12));
    stage.add(owner, 16, read.subarray(14, 17));
    stage.add(owner, 12, read.subarray(18, 21));
    stage.flush();
    expect(writes).toEqual([
      [10, "abcdefghi"],
      [12, "xyz"],
    ]);
  });

  test("octets from elsewhere are written at once and after what waited", () => {
    const writes: string[] = [];
    const owner = { write: (_: number, b: Uint8Array) => void writes.push(Buffer.from(b).toString()) };
    const stage = new Stage();
    const read = Buffer.from("abc");
    stage.begin(read);
    stage.add(owner, 0, read);
    stage.add(owner, 3, Buffer.from("def"));
    stage.flush();
    expect(writes).toEqual(["abc", "def"]);
  });
});
