/** What a connection tells the trace, over real sockets: heads and counts, never content. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock, type TracedMessage } from "../kernel/index.ts";
import { MsrpListener } from "./index.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

let listener: MsrpListener;
let peer: RawPeer;
let told: TracedMessage[];

beforeEach(async () => {
  told = [];
  const trace = (message: TracedMessage): void => void told.push(message);
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock: new ManualClock(), trace });
  peer = await RawPeer.connect(listener.port);
});
afterEach(async () => {
  peer.close();
  await listener.close();
});

const shown = (): string[] =>
  told.map(({ direction, head }) => `${direction} ${String(head).split("\r\n")[0]?.slice("MSRP ".length)}`);

test("a message in one chunk: its head with the number of octets, and our answer", async () => {
  const session = listener.expect(new Recorder());
  peer.send(sendText({ id: "aaaa", to: session.path, range: "1-6/6", body: "secret" }));
  await peer.untilStarts(1);
  expect(shown()).toEqual(["in aaaa SEND", "out aaaa 200 OK"]);
  expect(told[0]).toMatchObject({ protocol: "MSRP", local: `127.0.0.1:${listener.port}` });
  expect(told[0]?.remote).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(String(told[0]?.head)).toMatch(/Byte-Range: 1-6\/6\r\n[\s\S]*\r\n\r\n\[6 octets\]\r\n-------aaaa\$$/);
  expect(told.map(({ head }) => String(head)).join()).not.toContain("secret");
});

test("of a message in a thousand chunks the first and the last are told, the others are counted", async () => {
  const session = listener.expect(new Recorder());
  for (let n = 0; n < 1000; n++) {
    const range = `${n + 1}-${n + 1}/1000`;
    peer.send(sendText({ id: `chunk${n}`, to: session.path, range, body: "x", flag: n < 999 ? "+" : "$" }));
  }
  await peer.until(/chunk999 200/);
  expect(shown()).toEqual(["in chunk0 SEND", "out chunk0 200 OK", "in chunk999 SEND", "out chunk999 200 OK"]);
  expect(String(told[2]?.head)).toContain("[998 chunks with 998 octets before this one]");
});

test("a refusal is told after what it refuses, and what cannot be read by its reason", async () => {
  const session = listener.expect(new Recorder());
  peer.send(sendText({ id: "aaaa", to: `${session.path}x`, body: "x" }));
  const text = await peer.ended();
  expect(text).toContain("aaaa 481");
  expect(shown()).toEqual(["in aaaa SEND", "out aaaa 481 No Such Session"]);
  const other = await RawPeer.connect(listener.port);
  other.send("NONSENSE\r\n");
  await other.ended();
  expect(told.at(-1)).toMatchObject({ direction: "in", malformed: true });
});
