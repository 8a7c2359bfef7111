/** A sender that is connected to (RFC 6135): who comes for which session, and who does not. */
import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LIMITS, ManualClock } from "../kernel/index.ts";
import { type Identity, MsrpSender, makeIdentity, SendListener } from "./index.ts";
import { RawPeer } from "./testing/raw-peer.ts";

const identity = makeIdentity(Date.now());
const other = makeIdentity(Date.now());
let clock: ManualClock;
let listener: SendListener;
const peers: RawPeer[] = [];

const listen = async (secure = false): Promise<void> => {
  clock = new ManualClock();
  listener = await SendListener.listen({ host: "127.0.0.1", port: 0, clock, ...(secure && { identity }) });
};

beforeEach(() => listen());
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await listener[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

async function come(): Promise<RawPeer> {
  const peer = await RawPeer.connect(listener.port);
  peers.push(peer);
  return peer;
}

async function comeOverTls(who: Identity): Promise<RawPeer> {
  const shown = { key: who.key, cert: who.certificate, rejectUnauthorized: false };
  const tls: TLSSocket = connect({ port: listener.port, host: "127.0.0.1", ...shown });
  await new Promise<void>((resolve, reject) => tls.once("secureConnect", resolve).once("error", reject));
  const peer = new RawPeer(tls);
  peers.push(peer);
  return peer;
}

const OWN = "msrp://127.0.0.1:9/receiver;tcp";
const bind = (id: string, to: string): string =>
  `MSRP ${id} SEND\r\nTo-Path: ${to}\r\nFrom-Path: ${OWN}\r\nMessage-ID: ${id}\r\n-------${id}$\r\n`;

test("who names a session's URI is who its message goes to", async () => {
  using awaited = listener.expect("127.0.0.1");
  expect(awaited.path).toMatch(new RegExp(`^msrp://127\\.0\\.0\\.1:${listener.port}/`));
  const peer = await come();
  peer.send(bind("bind1", awaited.path));
  await peer.until(/^MSRP bind1 200 /);
  const connection = await awaited.connection({ fingerprints: [] });
  await using sender = MsrpSender.over(connection, { toPath: [OWN], fromPath: awaited.path });
  const sent = sender.send({
    contentType: "text/plain",
    size: 5,
    read: (async function* () {
      yield Buffer.from("hello");
    })(),
  });
  const [, id] =
    /MSRP (\S+) SEND\r\n(?:(?!SEND)[\s\S])*\r\n\r\nhello/.exec(await peer.until(/hello\r\n-------\S+\$\r\n/)) ?? [];
  peer.send(`MSRP ${id} 200 OK\r\nTo-Path: ${awaited.path}\r\nFrom-Path: ${OWN}\r\n-------${id}$\r\n`);
  expect(await sent).toEqual({ status: "delivered" });
});

test("who comes before the answer is known is kept; a session that nobody offered, or somebody has, is refused", async () => {
  using awaited = listener.expect("127.0.0.1");
  const early = await come();
  early.send(bind("bind1", awaited.path));
  await early.until(/^MSRP bind1 200 /);
  const late = await come();
  late.send(bind("bind2", awaited.path));
  await late.until(/^MSRP bind2 481 /);
  late.send(bind("bind3", awaited.path.replace(/.;tcp$/, ";tcp")));
  await late.until(/MSRP bind3 481 /);
  const connection = await awaited.connection({ fingerprints: [] });
  expect(connection.socket.remotePort).toBe(early.socket.localPort);
});

test("T4: who says nothing is sent away; where nobody comes, that is said", async () => {
  using awaited = listener.expect("127.0.0.1");
  const silent = await come();
  const coming = awaited.connection({ fingerprints: [] });
  silent.send("MSRP ");
  clock.advance(LIMITS.msrpFirstRequest);
  await silent.ended();
  clock.advance(LIMITS.transferStall);
  await expect(coming).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
});

test("D13: over TLS it is who has the certificate of the answer, and nobody in the clear", async () => {
  await listener[Symbol.asyncDispose]();
  await listen(true);
  using awaited = listener.expect("127.0.0.1");
  expect(awaited.path).toMatch(/^msrps:/);
  const open = await come();
  open.send(bind("bind1", awaited.path));
  await open.until(/^MSRP bind1 481 /);
  const peer = await comeOverTls(other);
  peer.send(bind("bind2", awaited.path));
  await peer.until(/^MSRP bind2 200 /);
  const wrong = awaited.connection({ fingerprints: [identity.fingerprint] });
  await expect(wrong).rejects.toMatchObject({ code: "INLET_MSRP_CERTIFICATE" });
  expect((await awaited.connection({ fingerprints: [other.fingerprint] })).closed).toBe(false);
});
