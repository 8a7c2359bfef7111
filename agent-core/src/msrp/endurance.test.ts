/** A disk that does not keep up, octets one by one, files without number: over real sockets, with a raw peer. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { MsrpListener } from "./index.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const MIB = 1024 * 1024;
let listener: MsrpListener;
const peers: RawPeer[] = [];

beforeEach(async () => {
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock: new ManualClock() });
});
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await listener.close();
});
const connect = async (): Promise<RawPeer> => {
  const peer = await RawPeer.connect(listener.port);
  peers.push(peer);
  return peer;
};

test("K3, M13: while the disk writes, nothing is read: the sender's window closes and memory stays", async () => {
  const size = 64 * MIB;
  let received = 0;
  let sent = 0;
  let ahead = 0;
  let pieces = 0;
  const session = listener.expect({
    acceptTypes: ["*"],
    onMessage: () => ({
      write: (_, bytes) => {
        // A write that takes its time, as writeSync does on a slow disk.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        received += bytes.length;
        pieces++;
        ahead = Math.max(ahead, sent - received);
      },
      complete: async () => undefined,
      abort: () => undefined,
    }),
  });
  const peer = await connect();
  const [head = "", end = ""] = sendText({ id: "slow1", to: session.path, range: `1-*/${size}`, body: "|" }).split("|");
  peer.send(head);
  const block = Buffer.alloc(MIB, "x");
  const before = process.memoryUsage.rss();
  let peak = before;
  for (let at = 0; at < size; at += MIB) {
    await new Promise<void>((resolve) => peer.socket.write(block, () => resolve()));
    sent += MIB;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  peer.send(end);
  await peer.until(/slow1 200/);
  expect(received).toBe(size);
  expect(pieces).toBeGreaterThan(size / (512 * 1024) - 1);
  // What the sender is ahead lies in the two sockets' buffers, of a size the system sets, and not in Inlet.
  expect(ahead).toBeLessThan(16 * MIB);
  expect((peak - before) / MIB).toBeLessThan(32);
});

test("M5: a hundred thousand chunks of one octet are one file", async () => {
  const content = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0x7f));
  const hash = createHash("sha1");
  let writes = 0;
  const session = listener.expect({
    acceptTypes: ["*"],
    onMessage: () => ({
      write: (_, bytes) => {
        hash.update(bytes);
        writes++;
      },
      complete: async () => undefined,
      abort: () => undefined,
    }),
  });
  const peer = await connect();
  for (let at = 0; at < content.length; at += 5000) {
    let text = "";
    for (let i = at; i < at + 5000; i++) {
      const flag = i + 1 === content.length ? "$" : "+";
      const body = content.toString("latin1", i, i + 1);
      text += sendText({ id: `one${i}`, to: session.path, range: `${i + 1}-*/${content.length}`, body, flag });
    }
    peer.send(text);
  }
  await peer.until(/one99999 200/);
  expect(hash.digest("hex")).toBe(createHash("sha1").update(content).digest("hex"));
  // Those of one read are written together.
  expect(writes).toBeLessThan(20_000);
  expect(peer.starts.length).toBe(100_000);
});

test.each([
  ["over one connection", true],
  ["over a connection each", false],
])("F16: thousands of small messages %s: the last hundreds take no longer than the first", async (_, reuse) => {
  const count = reuse ? 10_000 : 2000;
  const body = "y".repeat(1024);
  const times: number[] = [];
  let peer = await connect();
  // A connection stays while a session uses it.
  if (reuse) peer.send(sendText({ id: "keep", to: listener.expect(new Recorder()).path }));
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    if (!reuse && i > 0) {
      peer.close();
      peers.length = 0;
      peer = await connect();
    }
    const recorder = new Recorder();
    using session = listener.expect(recorder);
    peer.send(sendText({ id: `small${i}`, to: session.path, range: "1-1024/1024", body, messageId: `m${i}` }));
    await recorder.until(() => recorder.messages[0]?.completed === 1024);
    times.push(performance.now() - began);
  }
  const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
  expect(median(times.slice(-500))).toBeLessThan(3 * median(times.slice(100, 600)) + 0.5);
});
