/** The relay client over real sockets (RFC 4976), with a relay written by hand on the other side. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS, ManualClock, silentLog } from "../kernel/index.ts";
import { RawRelay, rawDigest } from "../testing/index.ts";
import { type Identity, MsrpListener, makeIdentity, RelayClient, type RelayView } from "./index.ts";
import { RawPeer, sendText } from "./testing/raw-peer.ts";
import { Recorder } from "./testing/recorder.ts";

let clock: ManualClock;
let listener: MsrpListener;
let relay: RawRelay;
const clients: RelayClient[] = [];
const views: RelayView[] = [];
let wake: (() => void) | undefined;

const listenWith = async (ca?: Identity): Promise<void> => {
  clock = new ManualClock();
  const identity = makeIdentity(Date.now());
  const trusted = ca === undefined ? {} : { ca: ca.certificate };
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock, log: silentLog, identity, ...trusted });
};

beforeEach(async () => {
  views.length = 0;
  await listenWith();
  relay = await RawRelay.listen();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
  await listener.close();
  await relay[Symbol.asyncDispose]();
  expect(listener.connections).toBe(0);
  expect(clock.pending).toBe(0);
});

const uri = (port = relay.port, scheme = "msrp"): string => `${scheme}://127.0.0.1:${port};tcp`;
const PATH = "msrp://127.0.0.1:2855/granted;tcp";

function start(...relays: string[]): RelayClient {
  const options = { relays: relays.length > 0 ? relays : [uri()], user: "bob", password: "secret" };
  const changed = (view: RelayView): void => {
    views.push(view);
    wake?.();
  };
  const client = new RelayClient(options, { endpoint: listener, clock, log: silentLog, changed });
  clients.push(client);
  client.retry();
  return client;
}

async function state(wanted: RelayView["state"]): Promise<RelayView> {
  for (;;) {
    const last = views.at(-1);
    if (last?.state === wanted) return last;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

describe("AUTH", () => {
  test("is challenged, answered by digest, and granted a path", async () => {
    const client = start();
    expect(client.link).toBeUndefined();
    const auth = await relay.grant(PATH);
    expect(auth.to).toBe(uri());
    expect(auth.from).toMatch(new RegExp(`^msrp://127\\.0\\.0\\.1:${listener.port}/[^;]{16,};tcp$`));
    const authorization = auth.header("Authorization") ?? "";
    expect(authorization).toContain(`username="bob", realm="r", nonce="n1", uri="${uri()}"`);
    expect(authorization).toMatch(/qop=auth, .*nc=00000001/);
    expect(authorization).toContain(`response="${rawDigest(authorization, "bob", "secret")}"`);
    await state("ready");
    expect(client.link?.path).toEqual([PATH]);
    expect(views.map((view) => view.state)).toEqual(["connecting", "ready"]);
  });

  test("comes again after two thirds of the time, over the same connection, with the nonce counted on", async () => {
    const client = start();
    const first = await relay.grant(PATH, 300);
    await state("ready");
    clock.advance(200_000);
    const again = await relay.asked();
    expect(again.from).toBe(first.from);
    const authorization = again.header("Authorization") ?? "";
    expect(authorization).toContain("nc=00000002");
    expect(authorization).toContain(`response="${rawDigest(authorization, "bob", "secret")}"`);
    // Grown old: answered once more.
    again.answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth", stale=true');
    const fresh = await relay.asked();
    expect(fresh.header("Authorization")).toMatch(/nonce="n2".*nc=00000001/);
    fresh.answer("200 OK", "Use-Path: msrp://127.0.0.1:2855/moved;tcp", "Expires: 300");
    await state("ready");
    while (client.link?.path[0] !== "msrp://127.0.0.1:2855/moved;tcp") await new Promise(setImmediate);
    expect(relay.connections).toBe(1);
  });

  test.each([
    ["Min-Expires", "3600"],
    ["Max-Expires", "60"],
  ])("keeps to %s", async (name, seconds) => {
    start();
    const first = await relay.asked();
    expect(first.header("Expires")).toBeUndefined();
    first.answer("423 Interval Out-of-Bounds", `${name}: ${seconds}`);
    const second = await relay.asked();
    expect(second.header("Expires")).toBe(seconds);
    second.answer("200 OK", `Use-Path: ${PATH}`, `Expires: ${seconds}`);
    await state("ready");
  });

  test.each<[string, string[], string]>([
    ["403 Forbidden", [], "INLET_MSRP_REFUSED"],
    ["423 Interval Out-of-Bounds", [], "INLET_MSRP_REFUSED"],
    ["501 Unknown", [], "INLET_MSRP_REFUSED"],
    ["200 OK", [], "INLET_MSRP_SYNTAX"],
    ["200 OK", ["Use-Path: http://x"], "INLET_MSRP_SYNTAX"],
  ])("%s %j is told, and tried again later", async (status, lines, code) => {
    const client = start();
    (await relay.asked()).answer(status, ...lines);
    const { reason, retryIn = 0 } = await state("lost");
    expect(reason?.code).toBe(code);
    expect(client.link).toBeUndefined();
    clock.advance(retryIn);
    await relay.grant(PATH);
    await state("ready");
  });

  test.each<[string, string]>([
    ['WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth"', "INLET_AUTH_REJECTED"],
    ['WWW-Authenticate: Basic realm="r"', "INLET_AUTH_UNSUPPORTED"],
    ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=X', "INLET_AUTH_UNSUPPORTED"],
    ["X-Nothing: x", "INLET_AUTH_UNSUPPORTED"],
  ])("S17: %s to what was answered ends it, until it is asked for again", async (line, code) => {
    const client = start();
    (await relay.asked()).answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"');
    (await relay.asked()).answer("401 Unauthorized", line);
    expect((await state("rejected")).reason?.code).toBe(code);
    expect(clock.pending).toBe(0);
    client.retry();
    await relay.grant(PATH);
    await state("ready");
  });

  test("S17: a relay that calls every nonce stale is given up", async () => {
    start();
    for (let i = 0; i < 5; i++) {
      const challenge = `WWW-Authenticate: Digest realm="r", nonce="n${i}", qop="auth", stale=true`;
      (await relay.asked()).answer("401 Unauthorized", challenge);
    }
    expect((await state("rejected")).reason?.code).toBe("INLET_AUTH_REJECTED");
  });

  test("a relay that cannot prove that it knows the password is not trusted", async () => {
    start();
    (await relay.asked()).answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"');
    const proof = `Authentication-Info: qop=auth, rspauth="${"0".repeat(32)}"`;
    (await relay.asked()).answer("200 OK", `Use-Path: ${PATH}`, proof);
    expect((await state("rejected")).reason?.code).toBe("INLET_AUTH_SERVER_UNPROVEN");
  });

  test("goes to each relay through those before it", async () => {
    const outer = "msrp://outer.example.net;tcp";
    const client = start(uri(), outer);
    await relay.grant("msrp://127.0.0.1:2855/inner;tcp");
    const second = await relay.grant("msrp://outer.example.net:9/o;tcp msrp://127.0.0.1:2855/inner;tcp", 90);
    expect(second.to).toBe(`msrp://127.0.0.1:2855/inner;tcp ${outer}`);
    expect(second.header("Authorization")).toContain(`uri="${outer}"`);
    await state("ready");
    expect(client.link?.path).toEqual(["msrp://outer.example.net:9/o;tcp", "msrp://127.0.0.1:2855/inner;tcp"]);
    // The shorter of the two times counts.
    clock.advance(60_000);
    await relay.asked();
  });
});

describe("a relay that goes", () => {
  test("T4: is told, tried again with growing pauses, and used again", async () => {
    const client = start();
    await relay.grant(PATH);
    await state("ready");
    const { lost } = client.link ?? expect.unreachable();
    const { port } = relay;
    await relay[Symbol.asyncDispose]();
    let before = 0;
    for (let i = 0; i < 4; i++) {
      const { reason, retryIn = 0 } = await state("lost");
      expect(reason?.code).toMatch(/^INLET_MSRP_CONNECTION_(LOST|FAILED)$/);
      expect(lost.aborted).toBe(true);
      expect(client.link).toBeUndefined();
      expect(retryIn).toBeGreaterThan(before / 2);
      before = retryIn;
      if (i === 3) relay = await RawRelay.listen(undefined, port);
      views.length = 0;
      clock.advance(retryIn);
    }
    await relay.grant(PATH);
    await state("ready");
  });

  test("T4: or does not answer, is given up after thirty seconds", async () => {
    start();
    await relay.asked();
    clock.advance(LIMITS.msrpTransaction);
    expect((await state("lost")).reason?.code).toBe("INLET_MSRP_TIMEOUT");
  });

  test("T5: is asked at once when the computer wakes or changes its network, unless it has refused us", async () => {
    const client = start();
    client.awake();
    await relay.grant(PATH);
    await state("ready");
    client.awake();
    (await relay.asked()).answer("403 Forbidden");
    await state("lost");
    client.awake();
    (await relay.asked()).answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n2", qop="auth"');
    (await relay.asked()).answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n3", qop="auth"');
    await state("rejected");
    client.awake();
    expect(views.at(-1)?.state).toBe("rejected");
  });

  test("is asked every ten minutes, however long it grants", async () => {
    start();
    await relay.grant(PATH, 100_000);
    await state("ready");
    clock.advance(600_000);
    await relay.asked();
  });
});

describe("over TLS", () => {
  test("T1: a relay has to be vouched for, by its name", async () => {
    const own = makeIdentity(Date.now());
    await relay[Symbol.asyncDispose]();
    relay = await RawRelay.listen({ key: own.key, cert: own.certificate });
    start(uri(relay.port, "msrps"));
    expect((await state("lost")).reason?.code).toBe("INLET_MSRP_CERTIFICATE");
    expect(relay.text).toBe("");
    // Vouched for, but for another name.
    for (const client of clients.splice(0)) client[Symbol.dispose]();
    await listener.close();
    await listenWith(own);
    start(uri(relay.port, "msrps"));
    views.length = 0;
    expect((await state("lost")).reason?.code).toBe("INLET_MSRP_CERTIFICATE");
    expect(relay.text).toBe("");
  });
});

describe("sessions", () => {
  test("come through the relay alone, and others do not", async () => {
    const client = start();
    await relay.grant(PATH);
    await state("ready");
    const [through, direct] = [new Recorder({ relay: client.link }), new Recorder()];
    const [a, b] = [listener.expect(through), listener.expect(direct)];
    const from = `${PATH} msrp://127.0.0.1:7654/sender;tcp`;
    const report = "Success-Report: yes\r\n";
    relay.socket?.write(sendText({ id: "r111", to: a.path, from, body: "relayed", more: report }));
    const text = await relay.until(/REPORT[\s\S]*\$\r\n$/);
    expect(through.only.content.toString()).toBe("relayed");
    // The answer goes to the next hop, the report all the way (RFC 4975 §7.2, §7.1.2).
    expect(text).toContain(`MSRP r111 200 OK\r\nTo-Path: ${PATH}\r\n`);
    expect(text).toMatch(
      new RegExp(`REPORT\\r\\nTo-Path: ${PATH.replaceAll(".", "\\.")} msrp://127\\.0\\.0\\.1:7654/`),
    );

    relay.socket?.write(sendText({ id: "r112", to: b.path, from, body: "x" }));
    await relay.until(/^MSRP r112 481/m);
    const peer = await RawPeer.connect(listener.port);
    peer.send(sendText({ id: "r113", to: a.path, body: "x" }));
    await peer.until(/^MSRP r113 481/);
    peer.close();
    // The connection outlasts its sessions.
    through.messages.length = 0;
    a.close();
    const later = new Recorder({ relay: client.link });
    relay.socket?.write(sendText({ id: "r114", to: listener.expect(later).path, from, body: "later" }));
    await relay.until(/^MSRP r114 200/m);
    expect(later.only.content.toString()).toBe("later");
  });
});
