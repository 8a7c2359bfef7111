/** How files leave: over connections of the sender's, from receivers, or through its relays (RFC 4976). */
import { LIMITS, ManualClock, silentLog } from "@inlet/agent-core/kernel";
import { RawRelay } from "@inlet/agent-core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LineConnections } from "./line-connections.ts";
import { SenderMedia } from "./sender-media.ts";

let clock: ManualClock;
let relay: RawRelay;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await RawRelay.listen();
});
afterEach(async () => {
  await relay[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

const far = "msrp://far.example.net:2855/f1;tcp";
const near = (name = "n1"): string => `msrp://127.0.0.1:${relay.port}/${name};tcp`;
const receiver = { path: ["msrp://127.0.0.1:9/receiver;tcp"] };

const through = (...more: readonly string[]): Promise<SenderMedia> => {
  const relays = [`msrp://127.0.0.1:${relay.port};tcp`, ...more];
  return SenderMedia.open({ clock, log: silentLog, relay: { relays, user: "anna", password: "annas" } });
};

test("of itself it connects, and is reached nowhere", () => {
  const { path, setup, awaited } = new SenderMedia({ clock, log: silentLog }).line("192.0.2.1");
  expect(path).toEqual([expect.stringMatching(/^msrp:\/\/192\.0\.2\.1:2855\//)]);
  expect([setup, awaited]).toEqual(["active", undefined]);
});

test("relays stand before it in its path, and behind each other where it sends, the nearest first", async () => {
  const opening = through("msrp://far.example.net:2855;tcp");
  await relay.grant(near());
  const second = await relay.asked();
  expect(second.to).toBe(`${near()} msrp://far.example.net:2855;tcp`);
  second.answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth"');
  (await relay.asked()).answer("200 OK", `Use-Path: ${far} ${near()}`, "Expires: 90");
  await using media = await opening;
  const line = media.line("192.0.2.1");
  expect(line.path).toEqual([far, near(), expect.stringMatching(/^msrp:\/\/192\.0\.2\.1:2855\//)]);
  await using connections = new LineConnections(clock, silentLog, media);
  const { toPath, connection } = await connections.to(receiver, line, () => receiver.path);
  expect(connection.socket.remotePort).toBe(relay.port);
  expect(toPath()).toEqual([near(), far, ...receiver.path]);
  // Asked again in time, they may grant another path.
  clock.advance(60_000);
  (await relay.asked()).answer("200 OK", `Use-Path: ${near("n2")}`);
  (await relay.asked()).answer("200 OK", `Use-Path: ${far} ${near("n2")}`);
  while (toPath()[0] !== near("n2")) await new Promise(setImmediate);
  expect(toPath()).toEqual([near("n2"), far, ...receiver.path]);
});

test("a relay that refuses, or is not there, is said before anything is offered", async () => {
  const refused = through();
  refused.catch(() => undefined);
  for (const nonce of ["a", "b"])
    (await relay.asked()).answer("401 Unauthorized", `WWW-Authenticate: Digest realm="r", nonce="${nonce}"`);
  await expect(refused).rejects.toMatchObject({ code: "INLET_AUTH_REJECTED" });
  const { port } = relay;
  await relay[Symbol.asyncDispose]();
  await expect(through()).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
  relay = await RawRelay.listen(undefined, port);
});

test("one that was lost is signed in to anew for the next offer", async () => {
  const opening = through();
  await relay.grant(near());
  await using media = await opening;
  relay.cut();
  while (media.line("192.0.2.1").path.length > 1) await new Promise(setImmediate);
  const ready = media.ready();
  await relay.grant(near("n2"));
  await ready;
  expect(media.line("192.0.2.1").path[0]).toBe(near("n2"));
});

test("where it listens receivers may connect, at the address that the core sees", async () => {
  await using media = await SenderMedia.open({ clock, log: silentLog, listen: { host: "0.0.0.0", port: 0 } });
  const { path, setup, awaited } = media.line("127.0.0.1");
  expect(path[0]).toMatch(/^msrp:\/\/127\.0\.0\.1:\d+\//);
  expect([setup, awaited?.path]).toEqual(["actpass", path[0]]);
  await using connections = new LineConnections(clock, silentLog, media);
  const coming = connections.to({ ...receiver, setup: "active" }, { path, setup, awaited }, () => receiver.path);
  coming.catch(() => undefined);
  clock.advance(LIMITS.transferStall);
  await expect(coming).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
});
