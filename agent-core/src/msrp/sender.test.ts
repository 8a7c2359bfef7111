/** The sending end: against our own listener, and against a raw peer that answers what the test says. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InletError, LIMITS, ManualClock } from "../kernel/index.ts";
import { Framer } from "../wire/msrp/index.ts";
import { MsrpListener, MsrpSender, senderPath } from "./index.ts";
import type { SendOptions } from "./send-options.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const octets = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7919) >> 3));
async function* pieces(...list: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const piece of list) yield Buffer.from(piece);
}
const clock = new ManualClock();
let sender: MsrpSender | undefined;

afterEach(async () => {
  await sender?.close();
  expect(clock.pending).toBe(0);
});

describe("to our own receiver", () => {
  let listener: MsrpListener;
  let folder: string;

  beforeEach(async () => {
    listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock });
    folder = await mkdtemp(join(tmpdir(), "inlet-msrp-"));
  });
  afterEach(async () => {
    await sender?.close();
    await listener.close();
    await rm(folder, { recursive: true });
  });

  const dial = async (recorder: Recorder): Promise<MsrpSender> => {
    const session = listener.expect(recorder);
    sender = await MsrpSender.connect({ toPath: [session.path], fromPath: senderPath("127.0.0.1"), clock });
    return sender;
  };

  test("a file, confirmed; progress ends at its size; headers arrive", async () => {
    const content = octets(700_001);
    const path = join(folder, "f");
    await writeFile(path, content);
    const r = new Recorder();
    const progress: number[] = [];
    const result = await (await dial(r)).send({
      contentType: "image/png",
      headers: { "Content-Disposition": 'attachment; filename="a.png"' },
      size: content.length,
      read: path,
      chunkSize: 10_000,
      successReport: true,
      onProgress: (n) => progress.push(n),
    });
    expect(result.status).toBe("confirmed");
    expect(r.only.content.equals(content)).toBe(true);
    expect(r.only).toMatchObject({ completed: content.length, head: { contentType: "image/png", totalSize: 700_001 } });
    expect(r.only.head.otherMimeHeaders.get("content-disposition")).toBe('attachment; filename="a.png"');
    expect(progress.at(-1)).toBe(content.length);
    expect(progress).toHaveLength(71);
  });

  test.each<[string, Partial<SendOptions>]>([
    ["chunks of one octet", { chunkSize: 1, size: 300 }],
    ["one chunk", { chunkSize: 1e9, size: 300 }],
    ["chunks that just fit", { chunkSize: 100, size: 300 }],
    ["size unknown", { chunkSize: 100 }],
    ["one in flight", { chunkSize: 7, window: 1, size: 300 }],
    ["Failure-Report partial", { failureReport: "partial", size: 300, chunkSize: 64 }],
    ["Failure-Report no", { failureReport: "no", size: 300, chunkSize: 64 }],
  ])("%s", async (_, options) => {
    const content = octets(300);
    const r = new Recorder();
    const read = pieces(content.subarray(0, 99), content.subarray(99, 100), content.subarray(100));
    const s = await dial(r);
    const sent = await s.send({ contentType: "a/b", read, successReport: true, ...options });
    expect(sent.status).toBe("confirmed");
    expect(r.only.content.equals(content)).toBe(true);
  });

  test("an empty message, with a known and an unknown size", async () => {
    const r = new Recorder();
    const s = await dial(r);
    await s.send({ contentType: "a/b", size: 0, read: pieces(), successReport: true });
    await s.send({ contentType: "a/b", read: pieces(), successReport: true });
    expect(r.messages.map((m) => m.completed)).toEqual([0, 0]);
  });

  test("several messages over one connection, one after another", async () => {
    const r = new Recorder();
    const s = await dial(r);
    const send = (text: string): Promise<unknown> => s.send({ contentType: "a/b", read: pieces(text) });
    expect(await Promise.all([send("one"), send("two"), send("three")])).toEqual(
      Array(3).fill({ status: "delivered" }),
    );
    expect(r.messages.map((m) => m.content.toString())).toEqual(["one", "two", "three"]);
  });

  test("M15: 413 in mid-file: refused with its status, and the sender can go on with another message", async () => {
    const r = new Recorder({ maxSize: 100_000 });
    const s = await dial(r);
    const big = s.send({ contentType: "a/b", read: pieces(...Array<Buffer>(50).fill(octets(10_000))), chunkSize: 1e9 });
    await expect(big).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "413" });
    expect(r.only.aborted?.code).toBe("INLET_TRANSFER_TOO_LARGE");
    expect(await s.send({ contentType: "a/b", read: pieces("small") })).toEqual({ status: "delivered" });
  });

  test("a content the receiver will not keep: refused after the last chunk", async () => {
    const r = new Recorder();
    r.failComplete = new InletError("INLET_TRANSFER_HASH_MISMATCH");
    const sent = (await dial(r)).send({ contentType: "a/b", read: pieces("x"), successReport: true });
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "400" });
  });

  test("cancelling ends the message with #", async () => {
    const r = new Recorder();
    const s = await dial(r);
    const cancel = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield octets(1000);
    }
    const sent = s.send({ contentType: "a/b", read: endless(), chunkSize: 500, signal: cancel.signal });
    await r.until(() => (r.messages[0]?.writes ?? 0) > 2);
    cancel.abort();
    await expect(sent).rejects.toMatchObject({ code: "INLET_TRANSFER_CANCELLED" });
    await r.until(() => r.messages[0]?.aborted !== undefined);
    expect(r.only.aborted?.code).toBe("INLET_TRANSFER_INCOMPLETE");
  });

  test.each([
    ["shorter", 10],
    ["longer", 3],
  ])("a source %s than announced is no message", async (_, size) => {
    const r = new Recorder();
    const sent = (await dial(r)).send({ contentType: "a/b", size, read: pieces("12", "34", "5") });
    await expect(sent).rejects.toMatchObject({ code: "INLET_TRANSFER_SIZE_MISMATCH" });
    await r.until(() => r.messages[0]?.aborted !== undefined);
  });

  test("a source that throws, and a file that is not there", async () => {
    const s = await dial(new Recorder());
    const missing = s.send({ contentType: "a/b", size: 1, read: join(folder, "missing") });
    await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield octets(10);
      throw new Error("disk");
    }
    await expect(s.send({ contentType: "a/b", read: broken() })).rejects.toThrow("disk");
    expect(await s.send({ contentType: "a/b", read: pieces("x") })).toEqual({ status: "delivered" });
  });
});

describe("to a raw peer", () => {
  let server: Server;
  let peer: RawPeer;
  const fromPath = senderPath("127.0.0.1");
  let toPath: string;

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    toPath = `msrp://127.0.0.1:${typeof address === "object" ? address?.port : 0}/peer;tcp`;
    const accepted = new Promise<RawPeer>((resolve) => server.once("connection", (c) => resolve(new RawPeer(c))));
    sender = await MsrpSender.connect({ toPath: [toPath], fromPath, clock });
    peer = await accepted;
  });
  afterEach(async () => {
    peer.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const send = (options: Partial<SendOptions> = {}) => {
    if (sender === undefined) throw new Error("no sender");
    const sent = sender.send({ contentType: "a/b", read: pieces("12345"), size: 5, messageId: "msg1", ...options });
    sent.catch(() => undefined);
    return sent;
  };
  const lastId = (): string => peer.starts.at(-1)?.split(" ")[0] ?? "";
  const answer = (status: number, id = lastId(), more = ""): void =>
    peer.send(`MSRP ${id} ${status} x\r\nTo-Path: ${fromPath}\r\nFrom-Path: ${toPath}\r\n${more}-------${id}$\r\n`);
  const report = (status: string, range: string, messageId = "msg1"): void =>
    peer.send(
      `MSRP rep1 REPORT\r\nTo-Path: ${fromPath}\r\nFrom-Path: ${toPath}\r\nMessage-ID: ${messageId}\r\nByte-Range: ${range}\r\nStatus: ${status}\r\n-------rep1$\r\n`,
    );

  test("every chunk asks for the REPORT, and the second leaves without an answer to the first", async () => {
    const sent = send({ chunkSize: 3, successReport: true });
    const text = await peer.until(/\$\r\n$/);
    expect(text.match(/^Success-Report: yes\r$/gm)).toHaveLength(2);
    expect(text.match(/^Byte-Range: .*(?=\r$)/gm)).toEqual(["Byte-Range: 1-*/5", "Byte-Range: 4-*/5"]);
    for (const line of peer.starts) answer(200, line.split(" ")[0]);
    report("000 200 OK", "1-5/5");
    expect(await sent).toEqual({ status: "confirmed" });
  });

  test.each([413, 415, 481, 501, 999])("M15: %i is a refusal that carries it", async (status) => {
    const sent = send();
    await peer.until(/\$\r\n$/);
    answer(status);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: String(status) });
  });

  test("M15, msrpTransaction: no answer within 30 s is a time-out", async () => {
    const sent = send();
    await peer.until(/\$\r\n$/);
    clock.advance(LIMITS.msrpTransaction);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
  });

  test("no success REPORT in the stall time is a time-out", async () => {
    const sent = send({ successReport: true });
    await peer.until(/\$\r\n$/);
    answer(200);
    report("000 200 OK", "1-3/5");
    answer(200, "later");
    peer.send(sendText({ id: "sync", to: fromPath }));
    await peer.until(/sync 200/);
    clock.advance(LIMITS.transferStall - 1);
    clock.advance(LIMITS.msrpTransaction);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
  });

  test("partial success REPORTs add up; foreign and unreadable ones do not; a 200 may carry a Byte-Range", async () => {
    const sent = send({ successReport: true });
    await peer.until(/\$\r\n$/);
    report("000 200 OK", "4-5/5");
    report("000 200 OK", "1-5/5", "other");
    report("001 200 OK", "1-5/5");
    report("000 200 OK", "nonsense");
    answer(200, lastId(), "Byte-Range: 1-5/5\r\n");
    report("000 200 OK", "1-3/5");
    expect(await sent).toEqual({ status: "confirmed" });
  });

  test("a failure REPORT ends the message", async () => {
    const sent = send({ successReport: true });
    await peer.until(/\$\r\n$/);
    answer(200);
    report("000 408 downstream", "1-5/5");
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT", detail: "408" });
  });

  test("with Failure-Report partial an error still counts", async () => {
    const sent = send({ failureReport: "partial", successReport: true });
    await peer.until(/\$\r\n$/);
    answer(415);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "415" });
  });

  test("a lost connection fails the message, and the next one at once", async () => {
    const sent = send();
    await peer.until(/\$\r\n$/);
    peer.close();
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_LOST" });
    await expect(send()).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_LOST" });
  });

  test("a peer that answers in another protocol fails the message", async () => {
    const sent = send();
    await peer.until(/\$\r\n$/);
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_SYNTAX" });
  });

  test("413 between two chunks: nothing more is sent", async () => {
    const sent = send({ chunkSize: 2, window: 1 });
    await peer.until(/\+\r\n$/);
    answer(413);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "413" });
    peer.send(sendText({ id: "sync", to: fromPath }));
    await peer.until(/sync 200/);
    expect(peer.starts.filter((line) => line.endsWith("SEND"))).toHaveLength(1);
  });

  test("what the peer may not send is answered: content 413, the unknown 501, another session 481, REPORT nothing", async () => {
    peer.send(sendText({ id: "cont", to: fromPath, body: "x" }));
    peer.send(`MSRP nick NICKNAME\r\nTo-Path: ${fromPath}\r\nFrom-Path: ${toPath}\r\n-------nick$\r\n`);
    peer.send(sendText({ id: "wron", to: `${fromPath.slice(0, -5)}x;tcp` }));
    report("000 200 OK", "1-5/5");
    peer.send(sendText({ id: "bind", to: fromPath }));
    await peer.until(/bind 200/);
    expect(peer.starts).toEqual(["cont 413", "nick 501", "wron 481", "bind 200"]);
  });

  test("M2: content that holds the chunk's own end-line goes out in two chunks and comes out whole", async () => {
    let content = "";
    const frames: { id: string; body: string }[] = [];
    const framer = new Framer({
      head: (head) => frames.push({ id: head.transactId, body: "" }),
      body: (piece) => {
        const frame = frames.at(-1);
        if (frame !== undefined) frame.body += piece.toString("latin1");
      },
      end: () => undefined,
    });
    // The content answers the id that was drawn: the worst luck there is, across a border of pieces too.
    async function* hostile(): AsyncGenerator<Uint8Array> {
      const say = (text: string): Buffer => {
        content += text;
        return Buffer.from(text);
      };
      yield say("first");
      await peer.until(/first/);
      yield say(`\r\n-------${lastId()}$\r\nmore`);
      yield say("second");
      await peer.until(/second/);
      const id = lastId();
      yield say(`\r\n-------${id.slice(0, 5)}`);
      yield say(`${id.slice(5)}$\r\nend`);
    }
    const sent = sender?.send({ contentType: "a/b", read: hostile(), failureReport: "no" });
    expect(await sent).toEqual({ status: "delivered" });
    const text = await peer.until(/end\r\n-------\S+\$\r\n$/);
    framer.push(Buffer.from(text, "latin1"));
    expect(framer.idle).toBe(true);
    expect(frames.map((f) => f.body).join("")).toBe(content);
    expect(frames.length).toBeGreaterThan(2);
  });

  test("a peer that reads nothing holds the sender back at a bounded amount, and times out", async () => {
    peer.socket.pause();
    let read = 0;
    let still: (() => void) | undefined;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read += 100_000;
        yield octets(100_000);
        still?.();
      }
    }
    const sent = send({ read: endless(), size: 1e9, failureReport: "no", chunkSize: 1e9 });
    // Steps of the source go on until the system takes no more; each is over within a turn of the loop.
    for (let quiet = 0; quiet < 50; quiet++) {
      const before = read;
      await new Promise<void>((resolve) => {
        still = resolve;
        setImmediate(resolve);
      });
      if (read !== before) quiet = 0;
    }
    expect(read).toBeLessThan(64e6);
    clock.advance(LIMITS.transferStall + LIMITS.msrpTransaction);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
    peer.close();
  });
});

describe("connecting", () => {
  test("nobody there, and TLS", async () => {
    const options = { fromPath: senderPath("127.0.0.1"), clock };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const refused = MsrpSender.connect({ ...options, toPath: [`msrp://127.0.0.1:${port}/x;tcp`] });
    await expect(refused).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
    const secure = MsrpSender.connect({ ...options, toPath: ["msrps://127.0.0.1:1/x;tcp"] });
    await expect(secure).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
    const aborted = MsrpSender.connect({
      ...options,
      toPath: ["msrp://127.0.0.1:1/x;tcp"],
      signal: AbortSignal.abort(),
    });
    await expect(aborted).rejects.toMatchObject({ code: "INLET_TRANSFER_CANCELLED" });
  });

  test("a sender's path has at least 80 random bits and takes IPv6", () => {
    expect(senderPath("2001:db8::1", false, 7)).toMatch(/^msrp:\/\/\[2001:db8::1\]:7\/[\w.-]{14,};tcp$/);
    expect(senderPath("a")).not.toBe(senderPath("a"));
  });
});
