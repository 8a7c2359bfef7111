/** Several sessions that send over one connection: their turns, and what each answer ends. */
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS, ManualClock } from "../kernel/index.ts";
import { Framer, headerOf, type MsrpHead } from "../wire/msrp/index.ts";
import { MsrpListener, MsrpSender, SendConnection, type SendResult, senderPath } from "./index.ts";
import type { SendOptions } from "./send-options.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const octets = (length: number, first: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (first + i * 7919) >> 3));
async function* pieces(content: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += length) yield content.subarray(at, at + length);
}

const clock = new ManualClock();
let server: Server;
let peer: RawPeer;
let connection: SendConnection;
let port = 0;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const accepted = new Promise<RawPeer>((resolve) => server.once("connection", (c) => resolve(new RawPeer(c))));
  connection = await SendConnection.open({ place: { host: "127.0.0.1", port }, clock });
  peer = await accepted;
});
afterEach(async () => {
  peer.close();
  await connection.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(clock.pending).toBe(0);
});

const session = (name: string): MsrpSender =>
  MsrpSender.over(connection, {
    toPath: [`msrp://127.0.0.1:${port}/${name};tcp`],
    fromPath: senderPath("127.0.0.1"),
  });
const send = (sender: MsrpSender, messageId: string, options: Partial<SendOptions>): Promise<SendResult> => {
  const sent = sender.send({ contentType: "a/b", read: pieces(Buffer.from("12345"), 5), messageId, ...options });
  sent.catch(() => undefined);
  return sent;
};

interface Frame {
  readonly head: MsrpHead;
  readonly id: string | undefined;
  body: string;
  flag: string;
}

/** All that came, cut into frames; whatever lands where it should not makes it unreadable. */
function frames(): Frame[] {
  const found: Frame[] = [];
  const framer = new Framer({
    head: (head) => found.push({ head, id: headerOf(head, "Message-ID"), body: "", flag: "" }),
    body: (piece) => {
      const frame = found.at(-1);
      if (frame !== undefined) frame.body += piece.toString("latin1");
    },
    end: (flag) => {
      const frame = found.at(-1);
      if (frame !== undefined) frame.flag = flag;
    },
  });
  framer.push(Buffer.from(peer.text, "latin1"));
  return found;
}
const chunksOf = (id: string): Frame[] => frames().filter((frame) => frame.id === id);
const respond = (frame: Frame | undefined, status: number): void => {
  const { transactId = "none", toPath = [], fromPath = [] } = frame?.head ?? {};
  peer.send(
    `MSRP ${transactId} ${status} x\r\nTo-Path: ${fromPath[0]}\r\nFrom-Path: ${toPath[0]}\r\n-------${transactId}$\r\n`,
  );
};
/** Until a chunk of this message has come, with this flag. */
const chunk = async (id: string, flag: string): Promise<Frame | undefined> => {
  await peer.until(
    new RegExp(`Message-ID: ${id}\\r\\n(?:(?!\\r\\nMSRP )[\\s\\S])*\\r\\n-------[^\\r]*[${flag}]\\r\\n`),
  );
  return chunksOf(id).at(-1);
};

describe("turns", () => {
  test("files over one connection take turns, however long a chunk was wanted; each arrives whole", async () => {
    const contents = [octets(2_000_000, 1), octets(1_500_000, 2), octets(700, 3)];
    const sent = contents.map((content, i) =>
      send(session(`s${i}`), `file${i}`, {
        read: pieces(content, 50_000),
        size: content.length,
        chunkSize: 1e9,
        failureReport: "no",
      }),
    );
    expect(await Promise.all(sent)).toEqual(Array(3).fill({ status: "delivered" }));
    await Promise.all(contents.map((_, i) => chunk(`file${i}`, "$")));
    const order = frames().filter(({ id }) => id?.startsWith("file"));
    for (const [i, content] of contents.entries()) {
      const own = order.filter(({ id }) => id === `file${i}`);
      expect(own.map(({ body }) => body).join("")).toBe(content.toString("latin1"));
      expect(own.map(({ flag }) => flag).join("")).toMatch(/^\+*\$$/);
    }
    // While both large ones have something to send, neither goes twice in a row, and the small one waits for one turn each.
    const both = order
      .slice(
        0,
        order.findLastIndex(({ id }) => id === "file1"),
      )
      .map(({ id }) => id);
    expect(both.slice(0, 3).sort()).toEqual(["file0", "file1", "file2"]);
    expect(both.filter((id, i) => id !== "file2" && id === both[i + 1])).toEqual([]);
    expect(both.length).toBeGreaterThan(10);
  });

  test("an answer to the peer leaves between two chunks, never inside one", async () => {
    const sender = session("s");
    const more = Promise.withResolvers<void>();
    async function* halting(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first");
      await more.promise;
      yield Buffer.from("second");
    }
    const sent = send(sender, "file", { read: halting(), chunkSize: 1e9, failureReport: "no" });
    await peer.until(/first$/);
    peer.send(sendText({ id: "keep", to: sender.fromPath }));
    // The answer to what follows is due only after that to what came before.
    peer.send(`MSRP nick NICKNAME\r\nTo-Path: ${sender.fromPath}\r\nFrom-Path: msrp://p:1/x;tcp\r\n-------nick$\r\n`);
    while (!connection.awaited) await new Promise((resolve) => setImmediate(resolve));
    more.resolve();
    await sent;
    await peer.until(/nick 501/);
    await chunk("file", "$");
    const own = chunksOf("file");
    expect(own.map(({ body }) => body).join("")).toBe("firstsecond");
    expect(peer.starts.filter((line) => /keep|nick/.test(line))).toEqual(["keep 200", "nick 501"]);
  });

  test("one that is cancelled while it waits leaves the other's chunk alone", async () => {
    const cancel = new AbortController();
    const hold = Promise.withResolvers<void>();
    async function* halting(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first");
      await hold.promise;
      yield Buffer.from("second");
    }
    const other = send(session("b"), "other", { chunkSize: 2, window: 1, signal: cancel.signal });
    const begun = await chunk("other", "+");
    const long = send(session("a"), "long", { read: halting(), chunkSize: 1e9, failureReport: "no" });
    await peer.until(/first$/);
    respond(begun, 200);
    while (!connection.awaited) await new Promise((resolve) => setImmediate(resolve));
    cancel.abort();
    await expect(other).rejects.toMatchObject({ code: "INLET_TRANSFER_CANCELLED" });
    hold.resolve();
    await long;
    await chunk("other", "#");
    await chunk("long", "$");
    expect(chunksOf("other").map(({ flag }) => flag)).toEqual(["+", "#"]);
    expect(
      chunksOf("long")
        .map(({ body }) => body)
        .join(""),
    ).toBe("firstsecond");
  });

  test("the end of one session leaves the connection to the other, at our own receiver", async () => {
    const listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock });
    const recorders = [new Recorder(), new Recorder()];
    const sessions = recorders.map((recorder) => listener.expect(recorder));
    await using shared = await SendConnection.open({ place: listener, clock });
    const senders = sessions.map(({ path }) =>
      MsrpSender.over(shared, { toPath: [path], fromPath: senderPath("127.0.0.1") }),
    );
    const [first, second] = senders;
    if (first === undefined || second === undefined) expect.unreachable();
    await send(first, "file0", { successReport: true });
    await first.close();
    sessions[0]?.close();
    expect(await send(second, "file1", { successReport: true })).toEqual({ status: "confirmed" });
    expect(recorders.map(({ only }) => only.content.toString())).toEqual(["12345", "12345"]);
    expect(listener.connections).toBe(1);
    await shared.close();
    await listener.close();
  });
});

describe("answers", () => {
  test.each([
    [400, "INLET_MSRP_REFUSED"],
    [403, "INLET_MSRP_REFUSED"],
    [408, "INLET_MSRP_TIMEOUT"],
    [413, "INLET_MSRP_REFUSED"],
    [415, "INLET_MSRP_REFUSED"],
    [423, "INLET_MSRP_REFUSED"],
    [501, "INLET_MSRP_REFUSED"],
    [999, "INLET_MSRP_REFUSED"],
  ])("M15: %i ends the message, and its session goes on with the next", async (status, code) => {
    const sender = session("s");
    const sent = send(sender, "one", {});
    respond(await chunk("one", "$"), status);
    await expect(sent).rejects.toMatchObject({ code, detail: String(status) });
    const next = send(sender, "two", {});
    respond(await chunk("two", "$"), 200);
    expect(await next).toEqual({ status: "delivered" });
  });

  test.each([481, 506])(
    "M15: %i ends the session: nothing more is sent in it, while another one goes on",
    async (status) => {
      const sender = session("s");
      const other = session("t");
      const sent = send(sender, "one", {});
      const queued = send(sender, "queued", {});
      respond(await chunk("one", "$"), status);
      const over = { code: "INLET_MSRP_REFUSED", detail: String(status) };
      await expect(sent).rejects.toMatchObject(over);
      await expect(queued).rejects.toMatchObject(over);
      await expect(send(sender, "two", {})).rejects.toMatchObject(over);
      const good = send(other, "three", {});
      respond(await chunk("three", "$"), 200);
      expect(await good).toEqual({ status: "delivered" });
      expect(frames().flatMap(({ id }) => (/queued|two/.test(id ?? "") ? [id] : []))).toEqual([]);
    },
  );

  test("481 to the SEND that binds ends the session before its first message", async () => {
    const sender = session("s");
    await peer.until(/\$\r\n/);
    respond(frames()[0], 481);
    peer.send(sendText({ id: "sync", to: sender.fromPath }));
    await peer.until(/sync 200/);
    await expect(send(sender, "one", {})).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "481" });
  });

  test("M15: 413 in mid-chunk: the chunk ends with # and no octet of the message follows", async () => {
    const hold = Promise.withResolvers<void>();
    async function* halting(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first");
      await hold.promise;
      yield Buffer.from("second");
    }
    const sent = send(session("s"), "file", { read: halting(), chunkSize: 1e9 });
    await peer.until(/first$/);
    const id = /MSRP (\S+) SEND\r\n(?:(?!MSRP )[\s\S])*Message-ID: file/.exec(peer.text)?.[1] ?? "";
    peer.send(`MSRP ${id} 413 x\r\nTo-Path: msrp://a:1/x;tcp\r\nFrom-Path: msrp://b:1/y;tcp\r\n-------${id}$\r\n`);
    await expect(sent).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "413" });
    expect((await chunk("file", "#"))?.body).toBe("first");
    hold.resolve();
    expect(chunksOf("file")).toHaveLength(1);
  });

  test("with Failure-Report partial an error counts for the message it answers, not for another", async () => {
    const [a, b] = [session("a"), session("b")];
    const partial = send(a, "one", { failureReport: "partial", successReport: true });
    const first = await chunk("one", "$");
    const other = send(b, "two", {});
    respond(await chunk("two", "$"), 415);
    await expect(other).rejects.toMatchObject({ detail: "415" });
    respond(first, 413);
    await expect(partial).rejects.toMatchObject({ detail: "413" });
  });

  test("M15: an answer that is missing for 30 s is missed, however lively the connection is", async () => {
    const silent = send(session("a"), "one", {});
    await chunk("one", "$");
    const lively = session("b");
    for (let i = 0; i < 3; i++) {
      clock.advance(LIMITS.msrpTransaction / 3 - 1);
      const sent = send(lively, `two${i}`, {});
      respond(await chunk(`two${i}`, "$"), 200);
      expect(await sent).toEqual({ status: "delivered" });
    }
    clock.advance(3);
    await expect(silent).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
  });
});
