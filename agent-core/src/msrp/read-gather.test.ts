/** Small reads are joined, in order, and never mixed between sockets. */
import { expect, test } from "vitest";
import { ReadGather } from "./read-gather.ts";

function reader(): { readonly got: string[]; read(bytes: Buffer): void } {
  const got: string[] = [];
  return { got, read: (bytes) => void got.push(bytes.toString()) };
}

test("what comes in one turn is handed on as one", async () => {
  const gather = new ReadGather();
  const { got, read } = reader();
  for (const piece of ["a", "b", "c"]) gather.take(read, Buffer.from(piece));
  expect(got).toEqual([]);
  await new Promise(setImmediate);
  expect(got).toEqual(["abc"]);
  gather.take(read, Buffer.from("d"));
  await new Promise(setImmediate);
  expect(got).toEqual(["abc", "d"]);
});

test("another socket's read hands on what is there first", async () => {
  const gather = new ReadGather();
  const [a, b] = [reader(), reader()];
  gather.take(a.read, Buffer.from("a1"));
  gather.take(b.read, Buffer.from("b1"));
  expect(a.got).toEqual(["a1"]);
  gather.take(a.read, Buffer.from("a2"));
  expect(b.got).toEqual(["b1"]);
  await new Promise(setImmediate);
  expect(a.got).toEqual(["a1", "a2"]);
});

test("what does not fit any more is handed on at once", () => {
  const gather = new ReadGather();
  const lengths: number[] = [];
  const read = ({ length }: Buffer): void => void lengths.push(length);
  for (let i = 0; i < 40; i++) gather.take(read, Buffer.alloc(16_384));
  expect(lengths).toEqual([262_144, 262_144]);
  gather.flush();
  gather.flush();
  expect(lengths).toEqual([262_144, 262_144, 131_072]);
});
