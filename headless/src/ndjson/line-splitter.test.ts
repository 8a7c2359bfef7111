import fc from "fast-check";
import { expect, test } from "vitest";
import { type Line, LineSplitter } from "./line-splitter.ts";

function split(chunks: readonly Buffer[], limit = 8): Line[] {
  const splitter = new LineSplitter(limit);
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.finish()];
}

test("lines, and a last one without its end", () => {
  expect(split([Buffer.from("a\n\nbc\r\nd")])).toEqual([{ text: "a" }, { text: "" }, { text: "bc\r" }, { text: "d" }]);
});

test("a line of exactly the limit passes; one more octet is reported once, and the next line is whole again", () => {
  expect(split([Buffer.from("12345678\n123456789abc\nok\n")])).toEqual([
    { text: "12345678" },
    { malformed: "tooLong" },
    { text: "ok" },
  ]);
});

test("an endless line holds no memory and is reported before it ends", () => {
  const splitter = new LineSplitter(8);
  const chunk = Buffer.alloc(1024, "x");
  expect([...splitter.push(chunk)]).toEqual([{ malformed: "tooLong" }]);
  for (let more = 0; more < 1000; more += 1) expect([...splitter.push(chunk)]).toEqual([]);
  expect([...splitter.push(Buffer.from("\nok\n"))]).toEqual([{ text: "ok" }]);
});

test("what is not UTF-8 is reported", () => {
  expect(split([Buffer.from([0xff, 0x0a, 0x61, 0x0a])])).toEqual([{ malformed: "notUtf8" }, { text: "a" }]);
});

test("the same lines come out however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant(0x0a), fc.nat(255)), { maxLength: 60 }),
      fc.array(fc.nat(60)),
      (octets, cuts) => {
        const whole = Buffer.from(octets);
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        expect(split(chunks)).toEqual(split([whole]));
      },
    ),
  );
});
