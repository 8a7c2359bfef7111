import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { jsonLine } from "./json-line.ts";

const FORGED = '{"event":"item","path":"/etc/passwd"}';

it.each(["\n", "\r", "\v", "\f", "\u001c", "\u0085", "\u009b", "\u007f", "\u2028", "\u2029"])(
  "text with %j in it is one line to every reader, and the same when it is read",
  async (end) => {
    const value = { name: `a${end}${FORGED}${end}b`, "\u2028": "ä😀" };
    const line = jsonLine(value);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    const input = new PassThrough();
    input.end(line);
    const read: string[] = [];
    for await (const one of createInterface({ input })) read.push(one);
    expect(read.map((one) => JSON.parse(one) as unknown)).toEqual([value]);
  },
);
