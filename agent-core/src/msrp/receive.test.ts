/** The receiving end over real sockets, with a raw peer on the other side. */
import { createServer } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InletError, LIMITS, ManualClock } from "../kernel/index.ts";
import { MsrpListener, MsrpSender, type MsrpSession, senderPath } from "./index.ts";
import type { ReadMode } from "./socket.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

let clock: ManualClock;
let listener: MsrpListener;
let logged: string[];
let onLog: ((event: string) => void) | undefined;
const peers: RawPeer[] = [];

const listen = async (reading: ReadMode = "onread"): Promise<void> => {
  clock = new ManualClock();
  logged = [];
  onLog = undefined;
  const log = (_: string, event: string): void => {
    logged.push(event);
    onLog?.(event);
  };
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock, reading, log });
};
const peer = async (): Promise<RawPeer> => {
  const p = await RawPeer.connect(listener.port);
  peers.push(p);
  return p;
};
const setUp = async (recorder = new Recorder()): Promise<{ r: Recorder; s: MsrpSession; p: RawPeer }> => {
  return { r: recorder, s: listener.expect(recorder), p: await peer() };
};

beforeEach(() => listen());
afterEach(async () => {
  for (const p of peers.splice(0)) p.close();
  await listener.close();
  expect(listener.connections).toBe(0);
  expect(clock.pending).toBe(0);
});

describe("messages", () => {
  test("§11: two chunks, two 200s, one success REPORT, octet for octet", async () => {
    const { r, s, p } = await setUp();
    const from = "msrp://192.0.2.10:40002/s3nd3rSide11;tcp";
    const common = {
      to: s.path,
      from,
      messageId: "fileA.0001",
      more: "Success-Report: yes\r\nFailure-Report: yes\r\n",
    };
    p.send(sendText({ ...common, id: "p7Qa91xZ", range: "1-*/11", body: "hello", flag: "+" }));
    p.send(sendText({ ...common, id: "kk02Lm5B", range: "6-11/11", body: " world" }));
    const text = await p.until(/REPORT[\s\S]*\$\r\n$/);
    const id = /MSRP (\S+) REPORT/.exec(text)?.[1];
    const ok = (t: string): string =>
      `MSRP ${t} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${s.path}\r\n-------${t}$\r\n`;
    expect(text).toBe(
      `${ok("p7Qa91xZ")}${ok("kk02Lm5B")}MSRP ${id} REPORT\r\nTo-Path: ${from}\r\nFrom-Path: ${s.path}\r\nMessage-ID: fileA.0001\r\nByte-Range: 1-11/11\r\nStatus: 000 200 OK\r\n-------${id}$\r\n`,
    );
    expect(r.only).toMatchObject({ completed: 11, head: { totalSize: 11, successReport: true, failureReport: "yes" } });
    expect(r.only.content.toString()).toBe("hello world");
  });

  test("M5: reverse order, an overlap and a duplicate; the last octets win", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c003", to: s.path, range: "7-9/9", body: "ghi", flag: "$" }));
    p.send(sendText({ id: "c002", to: s.path, range: "3-7/9", body: "XXXXX", flag: "+" }));
    p.send(sendText({ id: "c02b", to: s.path, range: "4-*/9", body: "defg", flag: "+" }));
    p.send(sendText({ id: "c02c", to: s.path, range: "4-*/9", body: "defg", flag: "+" }));
    p.send(sendText({ id: "c001", to: s.path, range: "1-3/9", body: "abc", flag: "+" }));
    await p.until(/c001 200/);
    expect(r.only.content.toString()).toBe("abcdefghi");
    expect(r.only.completed).toBe(9);
  });

  test("any valid chunks, in any order, cut at any octets, give the content", async () => {
    const content = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 31) & 0xff)).toString("latin1");
    const nats = fc.array(fc.nat(4000), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(nats, nats, nats, fc.boolean(), async (edgesAt, order, cuts, declared) => {
        const r = new Recorder();
        const s = listener.expect(r);
        const p = await peer();
        const edges = [...new Set([0, ...edgesAt.map((e) => e % 400)])].sort((a, b) => a - b);
        const chunks = edges
          .map((start, i) => ({ start, end: edges[i + 1] ?? 400, key: order[i] ?? i }))
          .sort((a, b) => a.key - b.key);
        const stream = chunks
          .map(({ start, end }, i) => {
            const range = `${start + 1}-*/${declared ? 400 : "*"}`;
            const body = content.slice(start, end);
            return sendText({ id: `chunk${i}`, to: s.path, range, body, flag: end === 400 ? "$" : "+" });
          })
          .join("");
        const places = cuts.map((c) => c % stream.length).sort((a, b) => a - b);
        for (const [i, end] of [...places, stream.length].entries()) p.send(stream.slice(places[i - 1] ?? 0, end));
        await p.untilStarts(chunks.length);
        expect(r.only.content.toString("latin1")).toBe(content);
        expect(r.only.completed).toBe(400);
        s.close();
        p.close();
      }),
      { numRuns: 25 },
    );
  });

  test("messages of one session, chunk by chunk in turns, with keep-alives between them, are told apart", async () => {
    const { r, s, p } = await setUp();
    const chunk = (id: string, messageId: string, range: string, body: string, flag = "+"): string =>
      sendText({ to: s.path, id, messageId, range, body, flag });
    p.send(chunk("a001", "msgA", "1-*/6", "aa") + chunk("b001", "msgB", "1-*/4", "bb"));
    p.send(sendText({ id: "keep", to: s.path, messageId: "none" }));
    p.send(chunk("a002", "msgA", "3-*/6", "AA") + chunk("b002", "msgB", "3-*/4", "BB", "$"));
    p.send(sendText({ id: "kee2", to: s.path, messageId: "none" }));
    p.send(chunk("a003", "msgA", "5-*/6", "aa", "$"));
    await p.until(/a003 200/);
    expect(r.messages.map(({ content }) => content.toString())).toEqual(["aaAAaa", "bbBB"]);
    expect(r.messages.map(({ completed }) => completed)).toEqual([6, 4]);
    expect(p.starts.sort()).toEqual(["a001", "a002", "a003", "b001", "b002", "kee2", "keep"].map((id) => `${id} 200`));
  });

  test("a total that is known late, only in the middle, or never, is the same message", async () => {
    for (const totals of ["**6", "*6*", "6**", "***", "666"]) {
      const r = new Recorder();
      const s = listener.expect(r);
      const p = await peer();
      const ranges = [...totals].map((total, i) => `${2 * i + 1}-*/${total}`);
      for (const [i, range] of ranges.entries()) {
        p.send(sendText({ id: `tot${i}`, to: s.path, range, body: "ab", flag: i === 2 ? "$" : "+" }));
      }
      await p.until(/tot2 200/);
      expect([totals, r.only.content.toString(), r.only.completed]).toEqual([totals, "ababab", 6]);
    }
  });

  test.each<[string, string | undefined, string]>([
    ["a zero-length body", undefined, ""],
    ["1-0/0", "1-0/0", ""],
    ["no Byte-Range is the whole", undefined, "all"],
    ["M19: octets that are no text", "1-4/4", "\x00\xff\xfe\x80"],
  ])("%s", async (_, range, body) => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "abcd", to: s.path, body, ...(range === undefined ? {} : { range }) }));
    await p.until(/abcd 200/);
    expect(r.only.completed).toBe(body.length);
    expect(r.only.content.toString("latin1")).toBe(body);
  });

  test.each(["4-3/3", "4-*/3", "4-3/*"])(
    "a sender that found its end late closes with an empty chunk: %s",
    async (range) => {
      const { r, s, p } = await setUp();
      p.send(sendText({ id: "all1", to: s.path, range: "1-*/*", body: "abc", flag: "+" }));
      p.send(sendText({ id: "end1", to: s.path, range, body: "", flag: "$" }));
      await p.until(/end1 \d/);
      expect(p.starts).toEqual(["all1 200", "end1 200"]);
      expect([r.only.content.toString(), r.only.completed]).toEqual(["abc", 3]);
    },
  );

  test("M17: an empty SEND binds and is answered; no message begins", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    expect(s.bound).toBe(true);
    expect(r.messages).toHaveLength(0);
  });

  test("small chunks of one read are few writes", async () => {
    const { r, s, p } = await setUp();
    const chunk = (i: number): string =>
      sendText({
        id: `c${1000 + i}`,
        to: s.path,
        range: `${i * 10 + 1}-*/1000`,
        body: "0123456789",
        flag: i === 99 ? "$" : "+",
      });
    p.send(Array.from({ length: 100 }, (_, i) => chunk(i)).join(""));
    await p.until(/c1099 200/);
    expect(r.only.content.toString()).toBe("0123456789".repeat(100));
    expect(r.only.writes).toBeLessThan(20);
  });

  test("msrpMessages: of more unfinished messages than that the next one is refused, and those go on", async () => {
    const { r, s, p } = await setUp();
    const chunk = (n: number, id: string, flag: string, range: string): string =>
      sendText({ id, to: s.path, messageId: `many${n}`, body: "ab", flag, range });
    for (let n = 0; n <= LIMITS.msrpMessages; n++) p.send(chunk(n, `open${n}`, "+", "1-2/4"));
    await p.until(new RegExp(`MSRP open${LIMITS.msrpMessages} 4\\d\\d`));
    p.send(chunk(0, "ends", "$", "3-4/4"));
    await p.until(/MSRP ends 200/);
    expect(r.messages.filter(({ completed }) => completed === 4)).toHaveLength(1);
    expect(p.starts.filter((line) => line.endsWith(" 200"))).toHaveLength(LIMITS.msrpMessages + 1);
  });

  test("nothing is acknowledged before it is kept: the last 200 and the REPORT wait, other sessions do not", async () => {
    const kept = Promise.withResolvers<void>();
    const { r, s, p } = await setUp();
    r.hold = kept.promise;
    const other = new Recorder();
    const o = listener.expect(other);
    p.send(sendText({ id: "last", to: s.path, range: "1-2/2", body: "ab", more: "Success-Report: yes\r\n" }));
    p.send(sendText({ id: "more", to: o.path, body: "cd" }));
    await p.until(/more 200/);
    expect(p.starts).toEqual(["more 200"]);
    kept.resolve();
    await p.until(/REPORT/);
    expect(p.starts.slice(0, 2)).toEqual(["more 200", "last 200"]);
  });

  test("content that proves wrong at the end is refused with the status of its error", async () => {
    const { r, s, p } = await setUp();
    r.failComplete = new InletError("INLET_TRANSFER_HASH_MISMATCH");
    p.send(sendText({ id: "last", to: s.path, body: "ab", more: "Success-Report: yes\r\n" }));
    await p.until(/last 400/);
    p.send(sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    expect(p.starts).toEqual(["last 400", "bind 200"]);
    expect(r.only).toMatchObject({ completed: undefined, aborted: undefined });
  });

  test("a session closed while its last chunk is being kept: the answer still goes out, then the connection ends", async () => {
    const kept = Promise.withResolvers<void>();
    const { r, s, p } = await setUp();
    r.hold = kept.promise;
    p.send(`${sendText({ id: "last", to: s.path, body: "ab" })}${sendText({ id: "bind", to: s.path })}`);
    await p.until(/bind 200/);
    s.close();
    kept.resolve();
    expect(await p.ended()).toMatch(/last 200/);
    expect(r.only).toMatchObject({ completed: 2, aborted: undefined });
    expect(r.closings).toEqual([]);
  });

  test("a bug in the receiver ends its message, not the agent", async () => {
    const p = await peer();
    const s = listener.expect({
      acceptTypes: ["*"],
      onMessage: () => {
        throw new TypeError("a bug");
      },
    });
    p.send(sendText({ id: "abcd", to: s.path, body: "x" }));
    await p.until(/abcd 413/);
    expect(logged).toContain("msrp.sinkFailed");
  });

  test("a peer that ends its side at once after the last chunk still gets its answer", async () => {
    const kept = Promise.withResolvers<void>();
    const { r, s, p } = await setUp();
    r.hold = kept.promise;
    p.send(sendText({ id: "last", to: s.path, body: "ab" }));
    p.socket.end();
    await r.until(() => r.closings.length === 1);
    expect(r.closings).toEqual([undefined]);
    kept.resolve();
    expect(await p.ended()).toMatch(/last 200/);
  });
});

describe("refusals", () => {
  test.each<[string, string, Partial<Parameters<typeof sendText>[0]>]>([
    ["another type", "415", { body: "x", type: "image/png" }],
    ["start 0", "400", { body: "x", range: "0-1/1" }],
    ["end before start", "400", { body: "x", range: "5-2/9" }],
    ["start beyond total", "400", { body: "x", range: "9-*/5" }],
    ["unreadable range", "400", { body: "x", range: "some" }],
    ["no Message-ID", "400", { body: "x", messageId: "" }],
    ["more than accepted, announced", "413", { body: "x", range: "1-*/101" }],
    ["more than accepted, unannounced", "413", { body: "x".repeat(101), range: "1-*/*" }],
    ["more than announced", "413", { body: "x".repeat(11), range: "1-*/10" }],
    ["M6: $ before the announced total", "400", { body: "x", range: "1-*/10" }],
  ])("%s: %s", async (_, status, request) => {
    const { r, s, p } = await setUp(new Recorder({ acceptTypes: ["text/plain"], maxSize: 100 }));
    p.send(sendText({ id: "abcd", to: s.path, ...request }) + sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    expect(p.starts).toEqual([`abcd ${status}`, "bind 200"]);
    for (const m of r.messages) expect(m.aborted).toBeDefined();
  });

  test("totals that contradict: 400, and the message is over", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "12345", flag: "+" }));
    p.send(sendText({ id: "c002", to: s.path, range: "6-*/11", body: "67890", flag: "+" }));
    p.send(sendText({ id: "c003", to: s.path, range: "6-*/10", body: "67890" }));
    await p.until(/c003 /);
    expect(p.starts).toEqual(["c001 200", "c002 400", "c003 400"]);
    expect(r.only.aborted?.code).toBe("INLET_MSRP_RANGE");
  });

  test("M6: data after the file is complete: 413, and the file stays", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-2/2", body: "ab" }));
    await p.until(/c001 200/);
    p.send(sendText({ id: "c002", to: s.path, range: "1-2/2", body: "XX" }));
    await p.until(/c002 413/);
    expect(r.only.content.toString()).toBe("ab");
    expect(r.only.aborted).toBeUndefined();
  });

  test.each([
    ["yes", ["good 200", "type 415"]],
    ["partial", ["type 415"]],
    ["no", []],
  ])("M14: Failure-Report %s", async (value, expected) => {
    const { s, p } = await setUp(new Recorder({ acceptTypes: ["text/plain"] }));
    const more = `Failure-Report: ${value}\r\n`;
    p.send(sendText({ id: "good", to: s.path, body: "x", more }));
    p.send(sendText({ id: "type", to: s.path, body: "x", type: "a/b", messageId: "msg2", more }));
    p.send(sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    expect(p.starts.filter((line) => line !== "bind 200").sort()).toEqual(expected);
  });

  test("M14: a success REPORT is sent where it was asked for in any chunk, also without 200s", async () => {
    const { s, p } = await setUp();
    const more = "Failure-Report: no\r\n";
    p.send(
      sendText({
        id: "c001",
        to: s.path,
        range: "1-*/4",
        body: "ab",
        flag: "+",
        more: `${more}Success-Report: yes\r\n`,
      }),
    );
    p.send(sendText({ id: "c002", to: s.path, range: "3-*/4", body: "cd", more }));
    await p.until(/Byte-Range: 1-4\/4\r\nStatus: 000 200 OK\r\n/);
    expect(p.starts).toHaveLength(1);
  });

  test("unknown methods: 501; REPORT and responses: never answered", async () => {
    const { s, p } = await setUp();
    const paths = `To-Path: ${s.path}\r\nFrom-Path: msrp://p:1/x;tcp\r\n`;
    p.send(`MSRP nick NICKNAME\r\n${paths}-------nick$\r\n`);
    p.send(`MSRP auth AUTH\r\n${paths}Failure-Report: no\r\n-------auth$\r\n`);
    p.send(`MSRP rep1 REPORT\r\n${paths}Message-ID: unknown\r\nStatus: 000 200 OK\r\n-------rep1$\r\n`);
    p.send(`MSRP rep2 REPORT\r\n${paths}Content-Type: a/b\r\n\r\nwhy\r\n-------rep2$\r\n`);
    p.send(`MSRP resp 200 OK\r\n${paths}-------resp$\r\n`);
    p.send(sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    expect(p.starts).toEqual(["nick 501", "bind 200"]);
  });

  test("a sender that asks how much of the file is here (FILE_OFFSET) sends the rest, whose octets keep their numbers", async () => {
    const { r, s, p } = await setUp(new Recorder({ offset: 4 }));
    const paths = `To-Path: ${s.path}\r\nFrom-Path: msrp://p:1/x;tcp\r\n`;
    const ask = (id: string): void => p.send(`MSRP ${id} FILE_OFFSET\r\n${paths}-------${id}$\r\n`);
    ask("ask1");
    expect(await p.until(/ask1\$/)).toMatch(
      /^MSRP ask1 200 OK\r\nTo-Path: .*\r\nFrom-Path: .*\r\nOffset: 4\r\n-------ask1\$/,
    );
    p.send(sendText({ id: "c001", to: s.path, range: "5-7/9", body: "efg", flag: "+" }));
    await p.until(/c001 200/);
    ask("ask2");
    p.send(sendText({ id: "c002", to: s.path, range: "8-9/9", body: "hi", more: "Success-Report: yes\r\n" }));
    await p.until(/Byte-Range: 1-9\/9/);
    expect(p.starts.slice(0, 4)).toEqual(["ask1 200", "c001 200", "ask2 413", "c002 200"]);
    expect(r.only).toMatchObject({ completed: 9, content: Buffer.from("\0\0\0\0efghi") });
  });

  test("FILE_OFFSET where nothing was said of it: 501; and who never asks has to send all", async () => {
    const { s, p } = await setUp();
    const paths = `To-Path: ${s.path}\r\nFrom-Path: msrp://p:1/x;tcp\r\n`;
    p.send(`${sendText({ id: "bind", to: s.path })}MSRP ask1 FILE_OFFSET\r\n${paths}-------ask1$\r\n`);
    await p.until(/ask1 501/);
    const r = new Recorder({ offset: 4 });
    const t = listener.expect(r);
    p.send(sendText({ id: "c001", to: t.path, range: "5-9/9", body: "efghi" }));
    await p.until(/c001 200/);
    expect(r.only.completed).toBeUndefined();
  });

  test("a relayed chunk: the response to the left-most hop, the REPORT along the whole path", async () => {
    const { s, p } = await setUp();
    const from = "msrp://relay.example:2855/r;tcp msrp://sender.example:1/s;tcp";
    p.send(sendText({ id: "abcd", to: s.path, from, body: "x", more: "Success-Report: yes\r\n" }));
    const text = await p.until(/REPORT[\s\S]*Status/);
    expect(text).toContain("200 OK\r\nTo-Path: msrp://relay.example:2855/r;tcp\r\n");
    expect(text).toContain(`REPORT\r\nTo-Path: ${from}\r\nFrom-Path: ${s.path}\r\n`);
  });

  test("M16: the receiver may refuse a message by its head", async () => {
    const p = await peer();
    const s = listener.expect({
      acceptTypes: ["*"],
      onMessage: () => {
        throw new InletError("INLET_MSRP_STOPPED");
      },
    });
    p.send(sendText({ id: "abcd", to: s.path, body: "x" }));
    await p.until(/abcd 413/);
  });
});

describe("stopping", () => {
  test("a disk that fails in mid-chunk: 413 at once, the rest is dropped, the next message is taken", async () => {
    const { r, s, p } = await setUp();
    r.failWrite = new InletError("INLET_DISK_FULL");
    const whole = sendText({ id: "c001", to: s.path, range: "1-*/300000", body: "x".repeat(300_000) });
    p.send(whole.slice(0, 1000));
    await p.until(/c001 413/);
    expect(r.only.aborted?.code).toBe("INLET_DISK_FULL");
    r.failWrite = undefined;
    p.send(whole.slice(1000) + sendText({ id: "c002", to: s.path, messageId: "msg2", body: "y" }));
    await p.until(/c002 200/);
    expect(p.starts).toEqual(["c001 413", "c002 200"]);
  });

  test("stop() in mid-chunk answers 413 at once; what follows is answered 413 and dropped", async () => {
    const { r, s, p } = await setUp();
    const whole = sendText({ id: "c001", to: s.path, range: "1-*/2000", body: "x".repeat(1000), flag: "+" });
    p.send(whole.slice(0, 500));
    await r.until(() => r.messages.length === 1 && r.only.writes > 0);
    s.stop(new InletError("INLET_TRANSFER_CANCELLED"));
    await p.until(/c001 413/);
    p.send(`${whole.slice(500)}${sendText({ id: "c002", to: s.path, range: "1001-*/2000", body: "y" })}`);
    await p.until(/c002 413/);
    expect(r.only.aborted?.code).toBe("INLET_TRANSFER_CANCELLED");
    expect(p.starts).toEqual(["c001 413", "c002 413"]);
  });

  test("M7: # ends the message as incomplete; what came before it was handed over", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "12345", flag: "#" }));
    await p.until(/c001 200/);
    expect(r.only.aborted?.code).toBe("INLET_TRANSFER_INCOMPLETE");
    expect(r.only.content.toString()).toBe("12345");
  });

  test("M12, transferStall: no octets for the stall time: aborted as stalled; octets in between put it off", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "1", flag: "+" }));
    await p.until(/c001 200/);
    clock.advance(LIMITS.transferStall - 1);
    p.send(sendText({ id: "c002", to: s.path, range: "2-*/10", body: "2", flag: "+" }));
    await p.until(/c002 200/);
    clock.advance(LIMITS.transferStall - 1);
    expect(r.only.aborted).toBeUndefined();
    clock.advance(1);
    expect(r.only.aborted?.code).toBe("INLET_TRANSFER_STALLED");
    p.send(sendText({ id: "c003", to: s.path, range: "3-*/10", body: "3", flag: "+" }));
    await p.until(/c003 413/);
  });

  test("M3, msrpDrain: a sender that does not heed 413 is cut off", async () => {
    const { s, p } = await setUp(new Recorder({ maxSize: 10 }));
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/*", body: "x".repeat(20) }).replace(/\r\n-+c001\$\r\n$/, ""));
    await p.until(/c001 413/);
    const piece = Buffer.alloc(1024 * 1024, "y");
    const cut = p.ended();
    for (let sent = 0; p.socket.writable && sent < LIMITS.msrpDrain * 4; sent += piece.length) {
      if (p.socket.write(piece)) continue;
      await Promise.race([cut, new Promise<void>((resolve) => p.socket.once("drain", resolve))]);
      if (p.socket.destroyed) break;
    }
    await cut;
  });
});

describe("failure REPORTs", () => {
  const begun = async (more = ""): Promise<{ r: Recorder; s: MsrpSession; p: RawPeer }> => {
    const all = await setUp();
    const { s, p } = all;
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "12345", flag: "+", more }));
    p.send(sendText({ id: "bind", to: s.path }));
    await p.until(/bind 200/);
    return all;
  };
  const reports = (p: RawPeer): string[] => p.text.split(/(?=^MSRP )/m).filter((text) => /^MSRP \S+ REPORT/.test(text));

  test("M14: what is given up after its octets were answered 200 is told by one REPORT along the whole path", async () => {
    const { s, p } = await setUp();
    const from = "msrp://relay.example:2855/r;tcp msrp://sender.example:1/s;tcp";
    p.send(sendText({ id: "c001", to: s.path, from, range: "1-*/10", body: "12345", flag: "+" }));
    await p.until(/c001 200/);
    s.stop(new InletError("INLET_TRANSFER_CANCELLED"));
    await p.until(/REPORT[\s\S]*\$\r\n$/);
    expect(reports(p)).toHaveLength(1);
    expect(reports(p)[0]?.split("\r\n").slice(1, 6)).toEqual([
      ...[`To-Path: ${from}`, `From-Path: ${s.path}`, "Message-ID: msg1", "Byte-Range: 1-5/10"],
      "Status: 000 413 Stop Sending",
    ]);
    p.send(sendText({ id: "c002", to: s.path, from, range: "6-*/10", body: "67890" }));
    await p.until(/c002 413/);
    expect(reports(p)).toHaveLength(1);
  });

  test.each([
    ["yes", 1, 1],
    ["partial", 0, 1],
    ["no", 0, 0],
  ])("M14: Failure-Report %s: %i answers, %i REPORT", async (value, answers, told) => {
    const { s, p } = await begun(`Failure-Report: ${value}\r\n`);
    s.stop(new InletError("INLET_TRANSFER_CANCELLED"));
    p.send(sendText({ id: "sync", to: s.path }));
    await p.until(/sync 200/);
    expect(p.starts.filter((line) => line === "c001 200")).toHaveLength(answers);
    expect(reports(p)).toHaveLength(told);
  });

  test("a disk that fails after the chunk was answered: the REPORT takes the 200 back", async () => {
    const { r, s, p } = await setUp();
    r.failWrite = new InletError("INLET_DISK_FULL");
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "12345", flag: "+" }));
    await p.until(/REPORT[\s\S]*Status: 000 413/);
    expect(p.starts[0]).toBe("c001 200");
    expect(reports(p)).toHaveLength(1);
    expect(r.only.aborted?.code).toBe("INLET_DISK_FULL");
  });

  test("a chunk under way is answered, and nothing is told twice", async () => {
    const { r, s, p } = await begun();
    p.send(sendText({ id: "c002", to: s.path, range: "6-*/10", body: "678" }).replace(/\r\n-+c002\$\r\n$/, ""));
    await r.until(() => r.only.writes > 1);
    s.stop(new InletError("INLET_TRANSFER_CANCELLED"));
    await p.until(/c002 413/);
    p.send(`\r\n-------c002+\r\n${sendText({ id: "sync", to: s.path })}`);
    await p.until(/sync 200/);
    expect(reports(p)).toEqual([]);
  });

  test("who gives up the message is told nothing of it, nor who is refused by an answer", async () => {
    const { s, p } = await begun();
    p.send(sendText({ id: "c002", to: s.path, range: "6-*/10", body: "678", flag: "#" }));
    p.send(sendText({ id: "m2.1", to: s.path, messageId: "msg2", range: "1-*/10", body: "12345", flag: "+" }));
    p.send(sendText({ id: "m2.2", to: s.path, messageId: "msg2", range: "1-*/11", body: "12345", flag: "+" }));
    await p.until(/m2\.2 400/);
    expect(reports(p)).toEqual([]);
  });

  test("a stalled transfer is told too", async () => {
    const { p } = await begun();
    clock.advance(LIMITS.transferStall);
    await p.until(/REPORT[\s\S]*Status: 000 4\d\d/);
    expect(reports(p)).toHaveLength(1);
  });

  test("our own sender ends the message at once", async () => {
    const r = new Recorder();
    const s = listener.expect(r);
    await using sender = await MsrpSender.connect({ toPath: [s.path], fromPath: senderPath("127.0.0.1"), clock });
    const more = Promise.withResolvers<void>();
    async function* halting(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("12345");
      await more.promise;
    }
    const sent = sender.send({ contentType: "a/b", read: halting(), chunkSize: 1, size: 10 });
    sent.catch(() => undefined);
    await r.until(() => r.messages.length === 1 && r.only.content.length === 5);
    s.stop(new InletError("INLET_TRANSFER_CANCELLED"));
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "413" });
    more.resolve();
  });
});

describe("connections", () => {
  test.each([
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["a TLS hello", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"],
    ["garbage", "\x00\x01\x02"],
  ])("M10: %s: closed without an answer", async (_, text) => {
    const p = await peer();
    p.send(text);
    expect(await p.ended()).toBe("");
  });

  test("M11: a broken head is answered 400 where it can be, then the connection ends; the sender's file is incomplete", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/10", body: "1", flag: "+" }));
    p.send(sendText({ id: "c002", to: s.path, range: "2-*/10", more: "no colon here\r\n", body: "2" }));
    await p.ended();
    expect(p.starts).toEqual(["c001 200", "c002 400"]);
    expect(r.only.aborted?.code).toBe("INLET_MSRP_SYNTAX");
    expect(r.closings[0]?.code).toBe("INLET_MSRP_SYNTAX");
  });

  test("an unknown session: 481 and close; on a connection that carries another session: 481 and on", async () => {
    const { s, p } = await setUp();
    const wrong = s.path.replace(/\/[^/]+;tcp$/, "/wrong;tcp");
    p.send(sendText({ id: "nope", to: wrong, body: "x" }));
    await p.ended();
    expect(p.starts).toEqual(["nope 481"]);
    const q = await peer();
    q.send(sendText({ id: "bind", to: s.path }) + sendText({ id: "nope", to: wrong, body: "x" }));
    q.send(sendText({ id: "more", to: s.path, body: "x" }));
    await q.until(/more 200/);
    expect(q.starts).toEqual(["bind 200", "nope 481", "more 200"]);
  });

  test("M4: a second connection to a bound session: 506, and the first goes on", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/2", body: "a", flag: "+" }));
    await p.until(/c001 200/);
    const q = await peer();
    q.send(sendText({ id: "c002", to: s.path, range: "1-*/2", body: "X", flag: "+" }));
    await q.ended();
    expect(q.starts).toEqual(["c002 506"]);
    p.send(sendText({ id: "c003", to: s.path, range: "2-*/2", body: "b" }));
    await p.until(/c003 200/);
    expect(r.only.content.toString()).toBe("ab");
  });

  test("M20: a lost connection aborts what is unfinished; the session can be bound again", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/2", body: "a", flag: "+" }));
    await p.until(/c001 200/);
    p.close();
    await r.until(() => r.closings.length === 1);
    expect(r.only.aborted?.code).toBe("INLET_MSRP_CONNECTION_LOST");
    expect(r.closings[0]?.code).toBe("INLET_MSRP_CONNECTION_LOST");
    const q = await peer();
    q.send(sendText({ id: "c002", to: s.path, range: "1-2/2", body: "ab" }));
    await q.until(/c002 200/);
    expect(r.messages[1]?.completed).toBe(2);
  });

  test("several sessions share one connection, their chunks interleaved; closing one leaves the other", async () => {
    const { r, s, p } = await setUp();
    const second = new Recorder();
    const t = listener.expect(second);
    p.send(sendText({ id: "a001", to: s.path, range: "1-*/2", body: "a", flag: "+" }));
    p.send(sendText({ id: "b001", to: t.path, range: "1-*/2", body: "c", flag: "+" }));
    p.send(sendText({ id: "a002", to: s.path, range: "2-*/2", body: "b" }));
    await p.until(/a002 200/);
    s.close();
    p.send(sendText({ id: "b002", to: t.path, range: "2-*/2", body: "d" }));
    await p.until(/b002 200/);
    expect([r.only.content.toString(), second.only.content.toString()]).toEqual(["ab", "cd"]);
    t.close();
    await p.ended();
  });

  test("a From-Path other than the peer's path is taken, with a warning", async () => {
    const { s, p } = await setUp(new Recorder({ peerPath: ["msrp://p.example:1/other;tcp"] }));
    p.send(sendText({ id: "abcd", to: s.path, body: "x" }));
    await p.until(/abcd 200/);
    expect(logged).toContain("msrp.fromPathDiffers");
  });

  test("msrpFirstRequest: no first request in time: closed", async () => {
    const p = await peer();
    // Accepting happens on the server's side: a bound second peer shows that the first is there.
    const { s, p: q } = await setUp();
    q.send(sendText({ id: "bind", to: s.path }));
    await q.until(/bind 200/);
    clock.advance(LIMITS.msrpFirstRequest);
    await p.ended();
    q.send(sendText({ id: "more", to: s.path }));
    await q.until(/more 200/);
  });

  test("M13: a peer that does not read its answers is not read from", async () => {
    const { s, p } = await setUp();
    p.socket.pause();
    const binds = Buffer.from(sendText({ id: "bind", to: s.path }).repeat(500), "latin1");
    const paused = new Promise<string>((resolve) => {
      onLog = (event) => event === "msrp.readingPaused" && resolve("paused");
    });
    for (;;) {
      if (p.socket.write(binds)) continue;
      const drained = new Promise<string>((resolve) => p.socket.once("drain", () => resolve("drained")));
      if ((await Promise.race([drained, paused])) === "paused") break;
    }
    p.socket.resume();
    p.send(sendText({ id: "last", to: s.path }));
    await p.until(/last 200/);
  });

  test("the fallback by data events receives the same", async () => {
    const { s, p } = await setUp();
    p.send(sendText({ id: "abcd", to: s.path, body: "x" }));
    await p.until(/abcd 200/);
    expect(listener.reading).toBe("onread");
    p.close();
    await listener.close();
    await listen("data");
    const again = await setUp();
    const chunk = (i: number): string =>
      sendText({
        id: `c${1000 + i}`,
        to: again.s.path,
        range: `${i * 10 + 1}-*/1000`,
        body: "0123456789",
        flag: i === 99 ? "$" : "+",
      });
    again.p.send(Array.from({ length: 100 }, (_, i) => chunk(i)).join(""));
    await again.p.until(/c1099 200/);
    expect(listener.reading).toBe("data");
    expect(again.r.only.content.toString()).toBe("0123456789".repeat(100));
  });

  test("close() in mid-transfer aborts it and leaves nothing open", async () => {
    const { r, s, p } = await setUp();
    p.send(sendText({ id: "c001", to: s.path, range: "1-*/2", body: "a", flag: "+" }));
    await p.until(/c001 200/);
    await listener.close();
    expect(r.only.aborted?.code).toBe("INLET_STOPPING");
    await p.ended();
  });

  test("an address in use is an error with a name", async () => {
    const taken = MsrpListener.listen({ host: "127.0.0.1", port: listener.port, clock });
    await expect(taken).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
  });
});

describe("the active role", () => {
  test.each([
    "200 OK",
    // msrp-node-lib answers so in a session in which it is to send only, and binds it all the same.
    "403 Forbidden",
  ])("connects, binds with an empty SEND, which a sender answers %s, and receives", async (answer) => {
    const r = new Recorder();
    const s = listener.expect(r);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const accepted = new Promise<RawPeer>((resolve) => server.once("connection", (c) => resolve(new RawPeer(c))));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const bound = s.connect([`msrp://127.0.0.1:${port}/sender;tcp`]);
    const p = await accepted;
    const request = await p.until(/\$\r\n/);
    expect(request).toMatch(/^MSRP (\S+) SEND\r\nTo-Path: msrp:\/\/127\.0\.0\.1:\d+\/sender;tcp\r\n/);
    const id = p.starts[0]?.split(" ")[0];
    p.send(
      `MSRP ${id} ${answer}\r\nTo-Path: ${s.path}\r\nFrom-Path: msrp://127.0.0.1:${port}/sender;tcp\r\n-------${id}$\r\n`,
    );
    await bound;
    p.send(sendText({ id: "abcd", to: s.path, body: "x" }));
    await p.until(/abcd 200/);
    expect(r.only.content.toString()).toBe("x");
    p.close();
    server.close();
  });

  test("a peer that does not answer, or is not there", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const accepted = new Promise<RawPeer>((resolve) => server.once("connection", (c) => resolve(new RawPeer(c))));
    const address = server.address();
    const path = [`msrp://127.0.0.1:${typeof address === "object" ? address?.port : 0}/sender;tcp`];
    const s = listener.expect(new Recorder());
    const silent = s.connect(path);
    silent.catch(() => undefined);
    const p = await accepted;
    await p.until(/SEND/);
    clock.advance(LIMITS.msrpTransaction);
    await expect(silent).rejects.toMatchObject({ code: expect.stringMatching(/TIMEOUT|CONNECTION_LOST/) });
    await p.ended();
    p.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await expect(s.connect(path)).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
  });
});
