/** Encrypted sessions over real sockets (RFC 4975 §14.4, RFC 8122): who may come in, and to whom we go. */
import { readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { LIMITS, ManualClock, silentLog, systemClock } from "../kernel/index.ts";
import { type CertificateWish, makeCertificates } from "../testing/index.ts";
import {
  type Identity,
  type ListenOptions,
  MsrpListener,
  MsrpSender,
  makeIdentity,
  readIdentity,
  senderPath,
} from "./index.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

const identity = makeIdentity(Date.now());
const other = makeIdentity(Date.now());

let clock: ManualClock;
let listener: MsrpListener;
const peers: RawPeer[] = [];

const listen = async (options: Partial<ListenOptions> = {}): Promise<void> => {
  clock = new ManualClock();
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock, log: silentLog, identity, ...options });
};
const relisten = async (options: Partial<ListenOptions>): Promise<void> => {
  await listener.close();
  await listen(options);
};

beforeEach(() => listen());
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  await listener.close();
  expect(listener.connections).toBe(0);
  expect(clock.pending).toBe(0);
});

const known = (peer: Identity): Recorder => new Recorder({ secure: { fingerprints: [peer.fingerprint] } });
const vouched = (): Recorder => new Recorder({ secure: { fingerprints: [] } });

/** A client that shows `who`, if anybody. */
async function come(who?: Identity, options: ConnectionOptions = {}): Promise<RawPeer & { readonly tls: TLSSocket }> {
  const shown = who === undefined ? {} : { key: who.key, cert: who.certificate };
  const tls = connect({ port: listener.port, host: "127.0.0.1", rejectUnauthorized: false, ...shown, ...options });
  tls.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => tls.once("secureConnect", resolve).once("close", reject));
  const peer = Object.assign(new RawPeer(tls), { tls });
  peers.push(peer);
  return peer;
}

/** An authority, and whom it signed for. */
function authority(wish: CertificateWish): { readonly ca: string; readonly identity: Identity } {
  const made = makeCertificates(wish);
  onTestFinished(() => made[Symbol.dispose]());
  const text = (file: string): string => readFileSync(file, "utf8");
  return { ca: text(made.ca), identity: readIdentity(text(made.key), text(made.cert)) ?? expect.unreachable() };
}

describe.each(["onread", "data"] as const)("coming in, read by %s", (reading) => {
  beforeEach(() => relisten({ reading }));

  test("plain and encrypted sessions come to one port", async () => {
    const [plain, secure] = [new Recorder(), known(other)];
    const [a, b] = [listener.expect(plain), listener.expect(secure)];
    expect(a.path).toMatch(/^msrp:/);
    expect(b.path).toMatch(/^msrps:/);
    const over = await come(other);
    over.send(sendText({ id: "t111", to: b.path, body: "behind closed doors", more: "Success-Report: yes\r\n" }));
    expect(await over.until(/REPORT[\s\S]*\$\r\n$/)).toMatch(/^MSRP t111 200 OK/);
    expect(secure.only.content.toString()).toBe("behind closed doors");
    expect(listener.reading).toBe(reading);
    const open = await RawPeer.connect(listener.port);
    peers.push(open);
    open.send(sendText({ id: "t112", to: a.path, body: "in the open" }));
    await open.until(/^MSRP t112 200 OK/);
    expect(plain.only.content.toString()).toBe("in the open");
  });

  test("a large message comes whole, and a second session shares its connection", async () => {
    const recorders = [known(other), known(other)];
    const peer = await come(other);
    const content = Buffer.alloc(3_000_000, "0123456789abcdefghijk").toString("latin1");
    for (const [i, recorder] of recorders.entries()) {
      const { path } = listener.expect(recorder);
      peer.send(sendText({ id: `big${i}x`, to: path, body: content }));
      await recorder.until(() => recorder.messages[0]?.completed !== undefined);
      expect(recorder.only.content.equals(Buffer.from(content))).toBe(true);
    }
    expect(listener.connections).toBe(1);
  });

  test("the handshake may come octet by octet", async () => {
    const recorder = known(other);
    const { path } = listener.expect(recorder);
    const proxy = connectPlain(listener.port, "127.0.0.1");
    proxy.setNoDelay(true);
    const { Duplex } = await import("node:stream");
    const slow = new Duplex({
      read: () => undefined,
      write: async (chunk: Buffer, _, done) => {
        for (const octet of chunk) {
          proxy.write(Buffer.of(octet));
          await new Promise(setImmediate);
        }
        done();
      },
      final: (done) => proxy.end(done),
    });
    proxy.on("data", (data) => slow.push(data));
    proxy.on("end", () => slow.push(null));
    const peer = await come(other, { socket: slow });
    peer.send(sendText({ id: "t113", to: path, body: "x" }));
    await peer.until(/^MSRP t113 200 OK/);
    proxy.destroy();
  });
});

describe("who comes in", () => {
  test.each([
    ["another certificate than announced", makeIdentity(Date.now())],
    ["no certificate", undefined],
  ])("D13: %s ends the session before anything is received", async (_, shown) => {
    const recorder = known(other);
    const session = listener.expect(recorder);
    const peer = await come(shown);
    peer.send(sendText({ id: "t120", to: session.path, body: "x" }));
    expect(await peer.ended()).toMatch(/^MSRP t120 403 /);
    expect(recorder.messages).toEqual([]);
    expect(recorder.closings.map((why) => why?.code)).toEqual(["INLET_MSRP_CERTIFICATE"]);
    // Over is over: the right one comes too late.
    const late = await come(other);
    late.send(sendText({ id: "t121", to: session.path, body: "x" }));
    await late.until(/^MSRP t121 403 /);
    expect(recorder.messages).toEqual([]);
  });

  test.each(["sha-384", "sha-512"])("a fingerprint may be %s", async (algorithm) => {
    const { X509Certificate } = await import("node:crypto");
    const { digestOf } = await import("./identity.ts");
    const value = digestOf(new X509Certificate(other.certificate), algorithm) ?? "";
    const recorder = new Recorder({
      secure: {
        fingerprints: [
          { algorithm: "sha-256", value: "AA" },
          { algorithm, value },
        ],
      },
    });
    const peer = await come(other);
    peer.send(sendText({ id: "t122", to: listener.expect(recorder).path, body: "x" }));
    await peer.until(/^MSRP t122 200 OK/);
  });

  test("a fingerprint of SHA-1 proves nothing, even the right one", async () => {
    const { X509Certificate } = await import("node:crypto");
    const value = new X509Certificate(other.certificate).fingerprint;
    const recorder = new Recorder({ secure: { fingerprints: [{ algorithm: "sha-1", value }] } });
    const peer = await come(other);
    peer.send(sendText({ id: "t123", to: listener.expect(recorder).path, body: "x" }));
    expect(await peer.ended()).toMatch(/^MSRP t123 403 /);
  });

  test("without a fingerprint the session's URI is enough, but a certificate must be vouched for", async () => {
    const { ca, identity: vouchedFor } = authority({ names: "IP:127.0.0.1" });
    await relisten({ ca });
    for (const [who, verdict] of [
      [undefined, 200],
      [vouchedFor, 200],
      [other, 403],
    ] as const) {
      const recorder = vouched();
      const peer = await come(who);
      peer.send(sendText({ id: "t124", to: listener.expect(recorder).path, body: "x" }));
      await peer.until(new RegExp(`^MSRP t124 ${verdict}`));
      expect(recorder.messages.length).toBe(verdict === 200 ? 1 : 0);
    }
  });

  test.each([
    ["nobody signed", other],
    ["is not shown", undefined],
  ])(
    "without a fingerprint, a peer whose certificate %s is taken, unproven, unless authorities are named",
    async (_, who) => {
      const recorder = vouched();
      const session = listener.expect(recorder);
      const peer = await come(who);
      peer.send(sendText({ id: "t128", to: session.path, body: "no worse than in the clear" }));
      await peer.until(/^MSRP t128 200 OK/);
      expect(session.proven).toBe(false);
      expect(recorder.only.content.toString()).toBe("no worse than in the clear");
    },
  );

  test("a certificate with the fingerprint, or vouched for, is proven", async () => {
    const { ca, identity: vouchedFor } = authority({ names: "IP:127.0.0.1" });
    await relisten({ ca });
    for (const [recorder, who] of [
      [known(other), other],
      [vouched(), vouchedFor],
    ] as const) {
      const session = listener.expect(recorder);
      const peer = await come(who);
      peer.send(sendText({ id: "t129", to: session.path, body: "x" }));
      await peer.until(/^MSRP t129 200 OK/);
      expect(session.proven).toBe(true);
    }
  });

  test("an encrypted session does not exist in the clear, nor a plain one over TLS", async () => {
    const [plain, secure] = [new Recorder(), known(other)];
    const [a, b] = [listener.expect(plain), listener.expect(secure)];
    const open = await RawPeer.connect(listener.port);
    peers.push(open);
    open.send(sendText({ id: "t125", to: b.path, body: "x" }));
    expect(await open.ended()).toMatch(/^MSRP t125 481 /);
    const over = await come(other);
    over.send(sendText({ id: "t126", to: a.path, body: "x" }));
    expect(await over.ended()).toMatch(/^MSRP t126 481 /);
    expect([...plain.messages, ...secure.messages]).toEqual([]);
    // An eavesdropper's try ends nothing.
    const right = await come(other);
    right.send(sendText({ id: "t127", to: b.path, body: "x" }));
    await right.until(/^MSRP t127 200 OK/);
  });

  test("T2: TLS 1.1 and ciphers without encryption are refused", async () => {
    const weak = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
    await expect(come(other, weak)).rejects.toBeDefined();
    await expect(come(other, { maxVersion: "TLSv1.2", ciphers: "eNULL:@SECLEVEL=0" })).rejects.toBeDefined();
    await come(other, { maxVersion: "TLSv1.2" });
  });

  test("T2: a peer that renegotiates is cut off", async () => {
    const peer = await come(other, { maxVersion: "TLSv1.2" });
    peer.tls.renegotiate({}, () => undefined);
    peer.send("MSRP ");
    await peer.ended();
  });

  test("M10: TLS that is none ends at once", async () => {
    const peer = await RawPeer.connect(listener.port);
    peers.push(peer);
    peer.send(Buffer.concat([Buffer.of(0x16), Buffer.alloc(200, 0x41)]));
    expect((await peer.ended()).length).toBeLessThan(20);
  });

  test("without an identity, TLS is not spoken", async () => {
    await relisten({});
    await listener.close();
    clock = new ManualClock();
    listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock });
    await expect(come(other)).rejects.toBeDefined();
  });
});

describe("going out", () => {
  /** A server that waits for us; answers the SEND that binds. */
  async function await_(server: Identity): Promise<{ path: string; shown: () => string | undefined }> {
    let shown: string | undefined;
    const tls = createServer(
      { key: server.key, cert: server.certificate, requestCert: true, rejectUnauthorized: false },
      (socket) => {
        shown = socket.getPeerX509Certificate()?.fingerprint256;
        const peer = new RawPeer(socket);
        peers.push(peer);
        void peer
          .until(/^MSRP \S+ SEND[\s\S]*\$\r\n$/)
          .then((text) => {
            const [, id = "", to = "", from = ""] =
              /^MSRP (\S+) SEND\r\nTo-Path: (\S+)\r\nFrom-Path: (\S+)/.exec(text) ?? [];
            peer.send(`MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
            peer.send(sendText({ id: "back1", to: from, body: "over the connection you made" }));
          })
          .catch(() => undefined);
      },
    );
    await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void tls.close());
    const address = tls.address();
    const port = typeof address === "object" ? address?.port : 0;
    return { path: `msrps://127.0.0.1:${port}/waits;tcp`, shown: () => shown };
  }

  async function answerBinding(peer: RawPeer, from: string): Promise<void> {
    const sent = new RegExp(`MSRP (\\S+) SEND\r\nTo-Path: (\\S+)\r\nFrom-Path: ${from}`);
    const [, id, to] = sent.exec(await peer.until(sent)) ?? [];
    peer.send(`MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
  }

  test("to the peer whose certificate has the fingerprint, showing our own", async () => {
    const { path, shown } = await await_(other);
    const recorder = known(other);
    const session = listener.expect(recorder);
    await session.connect([path]);
    await recorder.until(() => recorder.messages[0]?.completed !== undefined);
    expect(recorder.only.content.toString()).toBe("over the connection you made");
    expect(shown()).toBe(identity.fingerprint.value);
  });

  test("several sessions share a connection, and each looks who is at its other end", async () => {
    const { path } = await await_(other);
    const sessions = [known(other), known(other), vouched()].map((recorder) => listener.expect(recorder));
    for (const session of sessions) {
      const connected = session.connect([path]);
      // The first is answered by itself.
      if (session !== sessions[0]) await answerBinding(peers[0] ?? expect.unreachable(), session.path);
      await connected;
    }
    expect(sessions.map(({ proven }) => proven)).toEqual([true, true, false]);
    expect(listener.connections).toBe(1);
  });

  test("D13: not to anybody else, and nothing is said to them", async () => {
    const { path } = await await_(makeIdentity(Date.now()));
    const recorder = known(other);
    const session = listener.expect(recorder);
    await expect(session.connect([path])).rejects.toMatchObject({ code: "INLET_MSRP_CERTIFICATE" });
    expect(peers.map((peer) => peer.text).join("")).toBe("");
  });

  test("without a fingerprint, to whom nobody vouches for, unproven", async () => {
    const { path } = await await_(other);
    const recorder = vouched();
    const session = listener.expect(recorder);
    await session.connect([path]);
    await recorder.until(() => recorder.messages[0]?.completed !== undefined);
    expect(session.proven).toBe(false);
  });

  test("T1: without a fingerprint, only to whom the named authorities vouch for, by name", async () => {
    const good = authority({ names: "IP:127.0.0.1" });
    const misnamed = authority({ names: "DNS:example.net" });
    const expired = authority({ from: -3, to: -1 });
    const future = authority({ from: 1, to: 3 });
    const subjectAlone = authority({ names: "", commonName: "127.0.0.1" });
    for (const [server, ca, fails] of [
      [expired, expired.ca, true],
      [future, future.ca, true],
      [subjectAlone, subjectAlone.ca, true],
      [good, good.ca, false],
      [good, misnamed.ca, true],
      [misnamed, misnamed.ca, true],
    ] as const) {
      await relisten({ ca });
      const { path } = await await_(server.identity);
      const connected = listener.expect(vouched()).connect([path]);
      if (fails) await expect(connected).rejects.toMatchObject({ code: "INLET_MSRP_CERTIFICATE" });
      else await connected;
    }
  });

  test("an encrypted session does not go out in the clear, nor the other way round", async () => {
    const { path } = await await_(other);
    await expect(listener.expect(new Recorder()).connect([path])).rejects.toMatchObject({
      code: "INLET_MSRP_CONNECTION_FAILED",
    });
    const plain = path.replace("msrps", "msrp");
    await expect(listener.expect(known(other)).connect([plain])).rejects.toMatchObject({
      code: "INLET_MSRP_CONNECTION_FAILED",
    });
  });

  test("T4: a server that never ends its handshake is given up", async () => {
    const { createServer: plainServer } = await import("node:net");
    const mute = plainServer(() => clock.advance(LIMITS.msrpTransaction));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void mute.close());
    const address = mute.address();
    const port = typeof address === "object" ? address?.port : 0;
    const connected = listener.expect(known(other)).connect([`msrps://127.0.0.1:${port}/x;tcp`]);
    await expect(connected).rejects.toMatchObject({ code: "INLET_MSRP_TIMEOUT" });
  });
});

describe("sending", () => {
  const options = (path: string, known: Identity, who = other) => ({
    toPath: [path],
    fromPath: senderPath("127.0.0.1", true),
    clock: systemClock,
    secure: { identity: who, fingerprints: [known.fingerprint] },
  });
  async function* octets(): AsyncGenerator<Buffer, void> {
    for (let i = 0; i < 20; i++) yield Buffer.alloc(100_000, i);
  }

  test("to the receiver whose certificate has the fingerprint", async () => {
    const recorder = known(other);
    const session = listener.expect(recorder);
    await using sender = await MsrpSender.connect(options(session.path, identity));
    const message = { contentType: "text/plain", size: 2_000_000, read: octets(), successReport: true };
    expect(await sender.send(message)).toEqual({ status: "confirmed" });
    expect(recorder.only.content.length).toBe(2_000_000);
  });

  test("D13: not to another, and not where the paths say otherwise", async () => {
    const { path } = listener.expect(known(other));
    const wrong = MsrpSender.connect(options(path, other));
    await expect(wrong).rejects.toMatchObject({ code: "INLET_MSRP_CERTIFICATE" });
    const { secure: _, ...plain } = options(path, identity);
    await expect(MsrpSender.connect(plain)).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
    const downgraded = MsrpSender.connect(options(path.replace("msrps", "msrp"), identity));
    await expect(downgraded).rejects.toMatchObject({ code: "INLET_MSRP_CONNECTION_FAILED" });
  });

  test("a receiver that expects another sender refuses it", async () => {
    const session = listener.expect(known(makeIdentity(Date.now())));
    await using sender = await MsrpSender.connect(options(session.path, identity));
    const message = { contentType: "text/plain", size: 2_000_000, read: octets() };
    await expect(sender.send(message)).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED", detail: "403" });
  });
});

describe("guests", () => {
  const silent = async (): Promise<RawPeer> => {
    const peer = await RawPeer.connect(listener.port);
    peers.push(peer);
    return peer;
  };

  test("T4, msrpFirstRequest, msrpHandshake: who says nothing, or begins a handshake and no more, is sent away", async () => {
    const mute = await silent();
    const hello = await silent();
    hello.send(Buffer.of(0x16, 3, 1, 2, 0));
    // A peer that comes after them has had its turn when it is answered: so had they.
    const probe = await come(other);
    probe.send(sendText({ id: "t130", to: listener.expect(known(other)).path, body: "x" }));
    await probe.until(/^MSRP t130 200/);
    clock.advance(LIMITS.msrpHandshake);
    await hello.ended();
    clock.advance(LIMITS.msrpFirstRequest - LIMITS.msrpHandshake);
    await mute.ended();
  });

  test("who ends without a word leaves its place at once", async () => {
    const mute = await silent();
    mute.socket.end();
    expect(await mute.ended()).toBe("");
  });

  test("msrpConnections: when all have a session, who comes next is turned away", { timeout: 60_000 }, async () => {
    const chat = async (n: number): Promise<void> => {
      const peer = await silent();
      peer.send(sendText({ id: `t${1000 + n}`, to: listener.expect(new Recorder()).path, body: "x" }));
      await peer.until(new RegExp(`^MSRP t${1000 + n} 200`));
    };
    for (let n = 0; n < LIMITS.msrpConnections; n++) await chat(n);
    expect(await (await silent()).ended()).toBe("");
    expect(listener.connections).toBe(LIMITS.msrpConnections);
  });

  test("msrpUnclaimed: 500 idle connections leave the agent answering, plain and encrypted", {
    timeout: 60_000,
  }, async () => {
    const idle = await Promise.all(Array.from({ length: 500 }, silent));
    const [plain, secure] = [listener.expect(new Recorder()), listener.expect(known(other))];
    const open = await silent();
    open.send(sendText({ id: "t131", to: plain.path, body: "x" }));
    await open.until(/^MSRP t131 200/);
    const over = await come(other);
    over.send(sendText({ id: "t132", to: secure.path, body: "x" }));
    await over.until(/^MSRP t132 200/);
    const away = await Promise.all(idle.slice(0, 500 - LIMITS.msrpUnclaimed).map((peer) => peer.ended()));
    expect(away.join("")).toBe("");
    // Claimed connections make no room.
    await Promise.all(Array.from({ length: LIMITS.msrpUnclaimed + 1 }, silent));
    for (const [peer, session] of [
      [open, plain],
      [over, secure],
    ] as const) {
      peer.send(sendText({ id: "t133", to: session.path, body: "y", messageId: "two" }));
      await peer.until(/^MSRP t133 200/m);
    }
  });
});
