/** The ring: what is told is found again, in this process and the next, and takes no more room than it may. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LIMITS, ManualClock, silentLog, type TracedMessage } from "../kernel/index.ts";
import { readTrace, Trace } from "./index.ts";

let dir: string;
let clock: ManualClock;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "inlet-trace-"));
  clock = new ManualClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (): Trace => new Trace(dir, { clock, log: silentLog });

const request = (n: number, callId = "c1", body = ""): TracedMessage => ({
  direction: "in",
  protocol: "UDP",
  local: "127.0.0.1:5070",
  remote: "127.0.0.1:5060",
  head: Buffer.from(`MESSAGE sip:bob@x SIP/2.0\r\nCSeq: ${n} MESSAGE\r\nCall-ID: ${callId}`),
  body: Buffer.from(body),
});

test("what was told is listed newest first, in pages, and read whole", async () => {
  await using trace = open();
  const tell = trace.sink("sip:bob@x");
  for (let n = 1; n <= 5; n++) tell(request(n));
  const first = await trace.list({ limit: 3 });
  expect(first.messages).toHaveLength(3);
  const second = await trace.list({ limit: 3, before: first.next });
  expect(second.messages).toHaveLength(2);
  expect(second.next).toBeUndefined();
  expect(second.messages[1]).toMatchObject({
    time: "2026-01-01T00:00:00.000Z",
    direction: "in",
    protocol: "UDP",
    account: "sip:bob@x",
    callId: "c1",
    local: "127.0.0.1:5070",
    remote: "127.0.0.1:5060",
    summary: "MESSAGE sip:bob@x",
    failed: false,
    repeated: false,
  });
  const whole = await trace.get(second.messages[1]?.id ?? "");
  expect(whole.text).toBe("MESSAGE sip:bob@x SIP/2.0\r\nCSeq: 1 MESSAGE\r\nCall-ID: c1\r\n\r\n");
  await expect(trace.get("gone")).rejects.toMatchObject({ code: "INLET_TRACE_UNKNOWN" });
  expect((await trace.list({ before: "gone" })).messages).toEqual([]);
});

test("the next process has it, in order, and so has one that reads beside it", async () => {
  const before = open();
  before.sink()(request(1));
  await before.close();
  clock.advance(1000);
  await using trace = open();
  trace.sink()(request(2));
  expect((await trace.list()).messages).toHaveLength(2);
  const read = await readTrace(dir);
  expect(read.map(({ text }) => /CSeq: (\d)/.exec(text)?.[1])).toEqual(["1", "2"]);
  // Looked at before the next one came: the ring goes on.
  trace.sink()(request(3));
  expect((await trace.list()).messages).toHaveLength(3);
});

test("a line torn by a crash costs itself alone", async () => {
  const before = open();
  before.sink()(request(1));
  await before.close();
  writeFileSync(join(dir, "trace.jsonl"), '{"id":"torn","ti', { flag: "a" });
  await using trace = open();
  trace.sink()(request(2));
  expect((await trace.list()).messages).toHaveLength(2);
});

test("K6, traceFile, traceOctets: files and memory stay within their limits, however much is told", async () => {
  await using trace = open();
  const tell = trace.sink();
  const body = "x".repeat(30_000);
  for (let n = 0; n < 400; n++) {
    tell(request(n, "c1", body));
    if (n % 40 === 39) await trace.list({ limit: 1 });
  }
  const { messages } = await trace.list({ limit: 200 });
  expect(messages.length).toBeGreaterThan(100);
  expect((await readTrace(dir)).at(-1)?.text).toContain("CSeq: 399 ");
  expect(readdirSync(dir).sort()).toEqual(["trace.1.jsonl", "trace.jsonl"]);
  for (const name of readdirSync(dir)) {
    expect(statSync(join(dir, name)).size).toBeLessThanOrEqual(LIMITS.traceFile + LIMITS.traceWaiting);
    if (process.platform !== "win32") expect(statSync(join(dir, name)).mode & 0o077).toBe(0);
  }
});

test("traceWaiting: a burst before the disk takes it is bounded: the oldest are given up", async () => {
  await using trace = open();
  const tell = trace.sink();
  for (let n = 0; n < 200; n++) tell(request(n, "c1", "x".repeat(30_000)));
  const { messages } = await trace.list({ limit: 200 });
  expect(messages.length * 30_000).toBeLessThan(LIMITS.traceWaiting);
  expect((await trace.get(messages[0]?.id ?? "")).text).toContain("CSeq: 199 ");
});

test("traceRecords: so many are held to look at, the latest", async () => {
  await using trace = open();
  const tell = trace.sink();
  for (let n = 0; n < LIMITS.traceRecords + 100; n++) {
    tell(request(n));
    if (n % 1000 === 0) await trace.list({ limit: 1 });
  }
  let count = 0;
  for (let before: string | undefined; ; ) {
    const { messages, next } = await trace.list({ limit: LIMITS.page, before });
    count += messages.length;
    if (next === undefined) break;
    before = next;
  }
  expect(count).toBe(LIMITS.traceRecords);
});

test("a disk that takes nothing holds nothing up", async () => {
  rmSync(dir, { recursive: true });
  const logged: string[] = [];
  await using trace = new Trace(dir, { clock, log: (_, event) => logged.push(event) });
  trace.sink()(request(1));
  expect((await trace.list()).messages).toEqual([]);
  expect(logged).toEqual(["trace.notWritten"]);
});

test("a retransmission is marked, the first of them is not", async () => {
  await using trace = open();
  for (const n of [1, 1, 2]) trace.sink()(request(n));
  expect((await trace.list()).messages.map(({ repeated }) => repeated)).toEqual([false, true, false]);
});

test("a call is its SIP messages and the MSRP sessions that they name", async () => {
  await using trace = open();
  const tell = trace.sink("sip:bob@x");
  const own = "msrp://127.0.0.1:2855/abc;tcp";
  tell(request(1, "c1", `v=0\r\na=path:msrp://relay:1/r;tcp ${own}\r\n`));
  tell(request(2, "c2", "v=0\r\na=path:msrp://relay:1/r;tcp msrp://127.0.0.1:2855/other;tcp\r\n"));
  const send = (to: string): TracedMessage => ({
    ...request(0),
    protocol: "MSRP",
    head: `MSRP abcd SEND\r\nTo-Path: msrp://relay:1/r;tcp ${to}\r\nFrom-Path: msrp://127.0.0.1:9/p;tcp\r\n-------abcd$`,
  });
  trace.sink()(send(own));
  trace.sink()(send("msrp://127.0.0.1:2855/nobody;tcp"));
  const shown = async (query: { callId?: string; account?: string }) =>
    (await trace.list(query)).messages.map(({ summary }) => summary);
  expect(await shown({ callId: "c1" })).toEqual(["SEND", "MESSAGE sip:bob@x"]);
  expect(await shown({ callId: "c2" })).toEqual(["MESSAGE sip:bob@x"]);
  expect(await shown({ account: "sip:bob@x" })).toHaveLength(3);
  expect(await shown({ account: "sip:other@x" })).toEqual([]);
});
