/**
 * Who connects to whom for a file (RFC 4975 §5.4, RFC 6135, RFC 6714), in the clear or over TLS (RFC 4975 §14.4, RFC 8122),
 * from the INVITE to the item, against a whole agent that accepts all it can.
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect as connectPlain, createServer as createPlainServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentEvent } from "./contract/index.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { type Identity, makeIdentity } from "./msrp/index.ts";
import { offeredLine, RawCore, RawRelay, RawSender, rawSend, rawUntil } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
const TLS = "m=message 7654 TCP/TLS/MSRP *";
const FROM = "msrps://127.0.0.1:7654/s1;tcp";
const ours = makeIdentity(Date.now());
const other = makeIdentity(Date.now());
const named = ({ fingerprint }: Identity): string => `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`;

const folder = mkdtempSync(join(tmpdir(), "inlet-encrypted-"));
const received = join(folder, "in");
const clock = new ManualClock(Date.now());
let core: RawCore;
/** That of an account which nobody can connect to. */
let coreOfNat: RawCore;
let agent: Agent;
let sender: RawSender;
let senderToNat: RawSender;
const events: AgentEvent[] = [];
let wake: (() => void) | undefined;

beforeAll(async () => {
  core = await RawCore.listen();
  coreOfNat = await RawCore.listen();
  sender = new RawSender(core, BOB);
  senderToNat = new RawSender(coreOfNat, "sip:nat@example.net");
  const common = { password: "secret", channels: false };
  const accounts = [
    { aor: BOB, registrar: core.uri, ...common },
    { aor: "sip:nat@example.net", registrar: coreOfNat.uri, behindNat: true, ...common },
  ];
  agent = await startAgent({ dataDir: join(folder, "data"), folder: received, accounts, clock, accept: "all" });
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
    wake?.();
  });
  await Promise.all([core.register(), coreOfNat.register()]);
});
afterEach(async () => {
  await sender.bye();
  await senderToNat.bye();
  events.length = 0;
});
afterAll(async () => {
  core.cut();
  coreOfNat.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  await coreOfNat[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function event<K extends AgentEvent["event"]>(kind: K): Promise<Extract<AgentEvent, { event: K }>> {
  for (;;) {
    const found = events.find((candidate) => candidate.event === kind);
    if (found !== undefined) return found as Extract<AgentEvent, { event: K }>;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function open(port: number, who?: Identity): Promise<TLSSocket> {
  const shown = who === undefined ? {} : { key: who.key, cert: who.certificate };
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...shown });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}

describe("an offer of an encrypted transfer", () => {
  it("is answered with TLS, our fingerprint and msrps, and its file comes over TLS", async () => {
    const content = "behind closed doors";
    const answer = await sender.offer(offeredLine(content, TLS, FROM, named(ours)));
    expect(answer.status).toBe("200");
    expect(answer.sdp).toMatch(/^m=message \d+ TCP\/TLS\/MSRP \*\r$/m);
    expect(answer.path).toMatch(new RegExp(`^msrps://127\\.0\\.0\\.1:${answer.port}/`));
    const socket = await open(answer.port, ours);
    expect(answer.attribute("fingerprint")).toBe(`sha-256 ${socket.getPeerX509Certificate()?.fingerprint256}`);
    socket.write(rawSend({ to: answer.path, from: FROM, content }));
    expect(await rawUntil(socket, /REPORT[\s\S]*\$\r\n$/)).toMatch(/^MSRP raw1 200/);
    const item = await event("item");
    expect(item).toMatchObject({ verified: "yes", encryption: "proven" });
    expect(readFileSync(item.path ?? "", "utf8")).toBe(content);
    socket.destroy();
  });

  it.each([
    ["", other],
    [", who shows none", undefined],
  ])("comes from a sender whose certificate it does not name%s: encrypted, and not proven", async (_, who) => {
    const answer = await sender.offer(offeredLine("as Blink does", TLS, FROM, "a=setup:active"));
    expect((await event("offer")).files[0]?.encryption).toBe("unproven");
    const socket = await open(answer.port, who);
    socket.write(rawSend({ to: answer.path, from: FROM, content: "as Blink does" }));
    await rawUntil(socket, /REPORT[\s\S]*\$\r\n$/);
    expect(await event("item")).toMatchObject({ verified: "yes", encryption: "unproven" });
    socket.destroy();
  });

  it("is fetched from a sender whose certificate it does not name, where we connect", async () => {
    const server = createServer({ key: other.key, cert: other.certificate });
    const came = once(server, "secureConnection") as Promise<[TLSSocket]>;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const path = `msrps://127.0.0.1:${typeof address === "object" ? address?.port : 0}/s1;tcp`;
    const answer = await sender.offer(offeredLine("fetched", TLS, path, "a=setup:passive"));
    const [socket] = await came;
    const { from } = await bound(socket);
    await sendOver(socket, from, path, "fetched");
    expect(from).toBe(answer.path);
    expect(await event("item")).toMatchObject({ verified: "yes", encryption: "unproven" });
    socket.destroy();
    server.close();
  });

  it("has the fingerprint of the whole session where the line has none", async () => {
    const offered = offeredLine("y", TLS, FROM);
    const answer = await sender.offer([named(ours), ...offered]);
    const socket = await open(answer.port, ours);
    socket.write(rawSend({ to: answer.path, from: FROM, content: "y" }));
    await rawUntil(socket, /REPORT[\s\S]*\$\r\n$/);
    socket.destroy();
  });

  it("D13: ends with words, and without a file, when somebody else comes", async () => {
    const before = readdirSync(received);
    const answer = await sender.offer(offeredLine("for you alone", TLS, FROM, named(ours)));
    const socket = await open(answer.port, other);
    socket.write(rawSend({ to: answer.path, from: FROM, content: "for you alone" }));
    expect(await rawUntil(socket, /\$\r\n$/)).toMatch(/^MSRP raw1 403 /);
    await sender.bye();
    const ended = await event("offerEnded");
    expect([ended.outcome, ended.reason?.code]).toEqual(["failed", "INLET_MSRP_CERTIFICATE"]);
    expect(readdirSync(received)).toEqual(before);
    socket.destroy();
  });

  it("D13: is not sent to whoever waits there with another certificate, where we connect", async () => {
    let heard = 0;
    const left = Promise.withResolvers<void>();
    const server = createServer({ key: other.key, cert: other.certificate }, (socket) => {
      socket.on("data", ({ length }) => {
        heard += length;
      });
      socket.on("error", () => undefined);
    });
    server.on("connection", (socket) => socket.once("close", () => left.resolve()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const path = `msrps://127.0.0.1:${typeof address === "object" ? address?.port : 0}/s1;tcp`;
    const answer = await sender.offer(offeredLine("x", TLS, path, named(ours), "a=setup:passive"));
    expect(answer.attribute("setup")).toBe("active");
    await left.promise;
    await sender.bye();
    expect((await event("offerEnded")).reason?.code).toBe("INLET_MSRP_CERTIFICATE");
    expect(heard).toBe(0);
    server.close();
  });

  it.each([
    ["a fingerprint of SHA-1 alone", offeredLine("x", TLS, FROM, `a=fingerprint:sha-1 ${"AB:".repeat(19)}AB`)],
    ["a fingerprint that is none", offeredLine("x", TLS, FROM, "a=fingerprint:sha-256 zz")],
    ["a path in the clear", offeredLine("x", TLS, FROM.replace("msrps", "msrp"), named(ours))],
  ])("D7, D13: is refused with %s", async (_, lines) => {
    const { status, warning } = await sender.offer(lines);
    expect([status, warning]).toEqual(["488", expect.stringMatching(/INLET_SDP_/)]);
  });

  it("is answered in the clear where it was made in the clear", async () => {
    const answer = await sender.offer(offeredLine("x", "m=message 7654 TCP/MSRP *", FROM.replace("msrps", "msrp")));
    expect(answer.sdp).toMatch(/^m=message \d+ TCP\/MSRP \*\r$/m);
    expect(answer.path).toMatch(/^msrp:/);
    expect(answer.attribute("fingerprint")).toBeUndefined();
  });
});

/** A sender that waits to be connected to. */
class Awaiting {
  readonly #server = createPlainServer();
  readonly #sockets: Socket[] = [];
  #wake: (() => void) | undefined;
  connections = 0;

  static async listen(port = 0): Promise<Awaiting> {
    const waiting = new Awaiting();
    waiting.#server.on("connection", (socket) => {
      waiting.connections++;
      socket.on("error", () => undefined);
      waiting.#sockets.push(socket);
      waiting.#wake?.();
    });
    await new Promise<void>((resolve) => waiting.#server.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => void waiting.#server.close());
    return waiting;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  path(name = "waits"): string {
    return `msrp://127.0.0.1:${this.port}/${name};tcp`;
  }

  /** The next connection. */
  async came(): Promise<Socket> {
    for (;;) {
      const socket = this.#sockets.shift();
      if (socket !== undefined) return socket;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#server.close();
  }
}

const PLAIN = "m=message 7654 TCP/MSRP *";
const EMPTY_SEND = /^MSRP (\S+) SEND\r\nTo-Path: (\S+)\r\nFrom-Path: (\S+)\r\n[\s\S]*-------\1\$\r\n/;

/** Takes the SEND without a body that says which session has come, and answers it. */
async function bound(socket: Socket): Promise<{ readonly to: string; readonly from: string; readonly whole: string }> {
  const text = await rawUntil(socket, EMPTY_SEND);
  const [whole = "", id, to = "", from = ""] = EMPTY_SEND.exec(text) ?? [];
  socket.write(`MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
  return { to, from, whole };
}

async function sendOver(socket: Socket, to: string, from: string, content: string): Promise<void> {
  socket.write(rawSend({ to, from, content }));
  await rawUntil(socket, /REPORT[\s\S]*\$\r\n$/);
}

describe("who connects", () => {
  it.each([
    ["no a=setup", [], undefined],
    ["setup:active", ["a=setup:active"], "passive"],
    ["setup:actpass", ["a=setup:actpass"], "passive"],
    // RFC 4145's attribute has no meaning for MSRP (RFC 6135 §4.3).
    ["a=connection", ["a=setup:active", "a=connection:existing"], "passive"],
  ] as const)("the sender, with %s", async (_, more, setup) => {
    for (const to of [sender, ...(setup === "passive" && more[0] === "a=setup:active" ? [senderToNat] : [])]) {
      const from = "msrp://127.0.0.1:7654/s1;tcp";
      const answer = await to.offer(offeredLine("came", PLAIN, from, ...more));
      expect(answer.attribute("setup")).toBe(setup);
      expect(answer.attribute("connection")).toBeUndefined();
      const socket = connectPlain(answer.port, "127.0.0.1");
      await sendOver(socket, answer.path, from, "came");
      socket.destroy();
      await to.bye();
    }
  });

  it.each([
    ["setup:passive", "passive", () => sender],
    ["setup:actpass, where nobody can connect to us", "actpass", () => senderToNat],
  ] as const)("we, with %s: a SEND without a body says for what", async (_, setup, to) => {
    const waiting = await Awaiting.listen();
    const answer = await to().offer(offeredLine("fetched", PLAIN, waiting.path(), `a=setup:${setup}`));
    expect(answer.attribute("setup")).toBe("active");
    const socket = await waiting.came();
    const first = await bound(socket);
    expect([first.to, first.from]).toEqual([waiting.path(), answer.path]);
    expect(first.whole).not.toContain("Content-Type");
    await sendOver(socket, answer.path, waiting.path(), "fetched");
    expect((await event("item")).name).toMatch(/^a/);
  });

  it("two files of one sender come over one connection that we opened", async () => {
    const waiting = await Awaiting.listen();
    const lines = ["one", "two"].flatMap((name) =>
      offeredLine(`file ${name}`, PLAIN, waiting.path(name), "a=setup:passive"),
    );
    const { sdp } = await sender.offer(lines);
    const paths = [...sdp.matchAll(/^a=path:(\S+)/gm)].map((match) => match[1] ?? "");
    const socket = await waiting.came();
    const both = await rawUntil(socket, /SEND[\s\S]*SEND[\s\S]*\$\r\n$/);
    for (const [, id, to, from] of both.matchAll(/MSRP (\S+) SEND\r\nTo-Path: (\S+)\r\nFrom-Path: (\S+)/g)) {
      socket.write(`MSRP ${id} 200 OK\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
    }
    await sendOver(socket, paths[0] ?? "", waiting.path("one"), "file one");
    await sendOver(socket, paths[1] ?? "", waiting.path("two"), "file two");
    expect(waiting.connections).toBe(1);
    await sender.bye();
    expect((await event("offerEnded")).outcome).toBe("completed");
  });

  it("a sender that is not there yet is tried again; one that refuses us is not", async () => {
    const gone = await Awaiting.listen();
    const { port } = gone;
    gone.close();
    await sender.offer(offeredLine("later", PLAIN, `msrp://127.0.0.1:${port}/x;tcp`, "a=setup:passive"));
    const settled = event("offerEnded");
    const waiting = await Awaiting.listen(port);
    const came = waiting.came();
    await moving(() => waiting.connections > 0);
    const socket = await came;
    const text = await rawUntil(socket, EMPTY_SEND);
    const [, id, to, from] = EMPTY_SEND.exec(text) ?? [];
    socket.write(`MSRP ${id} 481 No such session\r\nTo-Path: ${from}\r\nFrom-Path: ${to}\r\n-------${id}$\r\n`);
    await sender.bye();
    expect((await settled).reason?.code).toBe("INLET_MSRP_REFUSED");
    expect(waiting.connections).toBe(1);
  });

  it("nobody at all ends the transfer with what was wrong", async () => {
    const gone = await Awaiting.listen();
    const path = gone.path();
    gone.close();
    await sender.offer(offeredLine("never", PLAIN, path, "a=setup:passive"));
    const failed = (): boolean => Object.keys(agent.state.transfers).length === 0;
    await moving(failed);
    await sender.bye();
    const { reason } = await event("offerEnded");
    expect(reason).toMatchObject({
      code: "INLET_MSRP_CONNECTION_FAILED",
      text: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

it.each(["0.0.0.0", "::"])(
  "where %s is listened at, senders are told the address that the core knows",
  async (host) => {
    const data = mkdtempSync(join(tmpdir(), "inlet-anywhere-"));
    await using server = await RawCore.listen();
    const account = { aor: BOB, registrar: server.uri, password: "secret", channels: false };
    const places = { dataDir: join(data, "data"), folder: join(data, "in"), msrp: { host, port: 0 } };
    const own = await startAgent({ ...places, accounts: [account], clock: new ManualClock(), accept: "all" });
    try {
      await server.register();
      const to = new RawSender(server, BOB);
      const from = "msrp://127.0.0.1:7654/s1;tcp";
      const answer = await to.offer(offeredLine("anywhere", PLAIN, from));
      expect(answer.path).toMatch(new RegExp(`^msrp://127\\.0\\.0\\.1:${answer.port}/`));
      expect(answer.sdp).toContain("\r\nc=IN IP4 127.0.0.1\r\n");
      const socket = connectPlain(answer.port, "127.0.0.1");
      await sendOver(socket, answer.path, from, "anywhere");
      socket.destroy();
      await to.bye();
    } finally {
      server.cut();
      await own.stop();
      rmSync(data, { recursive: true, force: true });
    }
  },
);

/** Lets time pass in small steps until `done`. */
async function moving(done: () => boolean): Promise<void> {
  while (!done()) {
    clock.advance(100);
    await new Promise(setImmediate);
  }
}

describe("CEMA (RFC 6714)", () => {
  it("is answered in kind, and c= and m= are connected to, with the path untouched", async () => {
    const waiting = await Awaiting.listen();
    // What a middlebox makes of it: the path is where nobody is.
    const path = "msrp://127.0.0.1:9/behind;tcp";
    const m = `m=message ${waiting.port} TCP/MSRP *`;
    const answer = await sender.offer(offeredLine("through", m, path, "a=setup:passive", "a=msrp-cema"));
    expect(answer.sdp).toContain("\r\na=msrp-cema\r\n");
    expect(answer.path).toContain(`127.0.0.1:${answer.port}`);
    const socket = await waiting.came();
    expect((await bound(socket)).to).toBe(path);
    await sendOver(socket, answer.path, path, "through");
  });

  it("without it, c= and m= are tried when the path leads nowhere", async () => {
    const waiting = await Awaiting.listen();
    const gone = await Awaiting.listen();
    const path = gone.path("nowhere");
    gone.close();
    const m = `m=message ${waiting.port} TCP/MSRP *`;
    const answer = await sender.offer(offeredLine("around", m, path, "a=setup:passive"));
    expect(answer.sdp).not.toContain("msrp-cema");
    const socket = await waiting.came();
    await bound(socket);
    await sendOver(socket, answer.path, path, "around");
  });

  it("a sender that connects is taken whatever its c= says", async () => {
    const from = "msrp://10.0.0.1:7654/s1;tcp";
    const answer = await sender.offer(offeredLine("came", PLAIN, from), "192.0.2.9");
    const socket = connectPlain(answer.port, "127.0.0.1");
    await sendOver(socket, answer.path, from, "came");
    socket.destroy();
  });

  it("is not answered to a sender behind a relay", async () => {
    const path = "msrp://127.0.0.1:9/relay;tcp msrp://127.0.0.1:7654/s1;tcp";
    const answer = await sender.offer(offeredLine("x", PLAIN, path, "a=msrp-cema"));
    expect(answer.status).toBe("200");
    expect(answer.sdp).not.toContain("msrp-cema");
  });
});

describe("an account with a relay (RFC 4976)", () => {
  const from = "msrp://127.0.0.1:7654/s1;tcp";
  const granted = (relay: RawRelay): string => `msrp://127.0.0.1:${relay.port}/granted;tcp`;

  type Run<T> = (relay: RawRelay, to: RawSender, own: Agent, server: RawCore, clock: ManualClock) => Promise<T>;

  async function withRelay<T>(run: Run<T>): Promise<T> {
    const data = mkdtempSync(join(tmpdir(), "inlet-relayed-"));
    await using server = await RawCore.listen();
    await using relay = await RawRelay.listen();
    const account = {
      ...{ aor: BOB, registrar: server.uri, password: "secret", channels: false },
      msrpRelay: { relays: [`msrp://127.0.0.1:${relay.port};tcp`] },
    };
    const places = { dataDir: join(data, "data"), folder: join(data, "in") };
    const time = new ManualClock();
    const own = await startAgent({ ...places, accounts: [account], clock: time, accept: "all" });
    try {
      await server.register();
      return await run(relay, new RawSender(server, BOB), own, server, time);
    } finally {
      server.cut();
      await own.stop();
      rmSync(data, { recursive: true, force: true });
    }
  }
  const relayState = async (own: Agent, wanted: string): Promise<void> => {
    while (own.state.accounts[BOB]?.relay?.state !== wanted) await new Promise(setImmediate);
  };

  it("names it in its path, c= and m=, and takes the file through it", () =>
    withRelay(async (relay, to, own) => {
      expect((await relay.grant(granted(relay))).header("Authorization")).toContain('username="bob"');
      await relayState(own, "ready");
      const answer = await to.offer(offeredLine("relayed", PLAIN, from, "a=setup:actpass", "a=msrp-cema"));
      const [first, last = "", more] = answer.path.split(" ");
      expect([first, more]).toEqual([granted(relay), undefined]);
      expect(answer.port).toBe(relay.port);
      expect(answer.sdp).toContain("\r\nc=IN IP4 127.0.0.1\r\na=recvonly");
      expect(answer.attribute("setup")).toBe("passive");
      expect(answer.sdp).not.toContain("msrp-cema");
      relay.socket?.write(rawSend({ to: last, from: `${granted(relay)} ${from}`, content: "relayed" }));
      expect(await relay.until(/REPORT[\s\S]*\$\r\n$/)).toContain(`REPORT\r\nTo-Path: ${granted(relay)} ${from}\r\n`);
      await to.bye();
    }));

  it("connects without it where the sender waits, and where TLS was offered and the relay has none", () =>
    withRelay(async (relay, to, own) => {
      await relay.grant(granted(relay));
      await relayState(own, "ready");
      const waiting = await Awaiting.listen();
      const answer = await to.offer(offeredLine("x", PLAIN, waiting.path(), "a=setup:passive"));
      expect(answer.path).toMatch(/^\S+$/);
      await bound(await waiting.came());
      await to.bye();
      const encrypted = await to.offer(offeredLine("x", TLS, FROM, named(ours)));
      expect(encrypted.path).toMatch(/^msrps:\S+$/);
      await to.bye();
    }));

  /** What comes of the agent in the way of events. */
  function eventsOf(own: Agent): <K extends AgentEvent["event"]>(kind: K) => Promise<AgentEvent & { event: K }> {
    const all: AgentEvent[] = [];
    const look: (() => void)[] = [];
    own.subscribe((message) => {
      if ("event" in message) all.push(message);
      for (const wakened of look.splice(0)) wakened();
    });
    return async <K extends AgentEvent["event"]>(kind: K) => {
      for (;;) {
        const found = all.find((candidate): candidate is AgentEvent & { event: K } => candidate.event === kind);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => look.push(resolve));
      }
    };
  }
  const moved = (relay: RawRelay): string => `msrp://127.0.0.1:${relay.port}/moved;tcp`;

  /** A file of which eight octets have come when the relay is cut off; the re-INVITE that follows once it is back. */
  async function cutOff(relay: RawRelay, to: RawSender, own: Agent, server: RawCore): Promise<string> {
    await relay.grant(granted(relay));
    await relayState(own, "ready");
    const range = `a=file-range:1-${TEXT.length}`;
    const { path } = await to.offer(offeredLine(TEXT, PLAIN, from, range));
    const paths = `To-Path: ${path.split(" ")[1]}\r\nFrom-Path: ${granted(relay)} ${from}\r\n`;
    const first = `Message-ID: m1\r\nByte-Range: 1-*/${TEXT.length}\r\nContent-Type: text/plain\r\n\r\n${TEXT.slice(0, 8)}`;
    relay.socket?.write(`MSRP part1 SEND\r\n${paths}${first}\r\n-------part1+\r\n`);
    await relay.until(/^MSRP part1 200/m);
    relay.cut();
    await relayState(own, "lost");
    await own.execute("accounts.reconnect", { account: BOB });
    await relay.grant(moved(relay));
    return server.next("INVITE");
  }
  const TEXT = "half before, half behind";

  it.each([
    ["the rest as a message of its own", 9],
    ["the same message, behind what is here", 1],
  ])("a file that it drops goes on by the path that it grants next, which a re-INVITE tells: %s", (_, first) =>
    withRelay(async (relay, to, own, server) => {
      const came = eventsOf(own);
      const invite = await cutOff(relay, to, own, server);
      const [, through, last = ""] = /^a=path:(\S+) (\S+)\r$/m.exec(invite) ?? [];
      expect(through).toBe(moved(relay));
      expect(invite).toContain(`\r\na=file-range:9-${TEXT.length}\r\n`);
      expect(invite).toMatch(/^o=- \d+ 2 /m);
      const sdp = `${["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"].join("\r\n")}\r\n`;
      const line = `${offeredLine(TEXT, PLAIN, from).join("\r\n")}\r\n`;
      server.respond(invite, "200 OK", ["Contact: <sip:a@127.0.0.1>", "Content-Type: application/sdp"], sdp + line);
      await server.next("ACK");
      const rest = rawSend({ to: last, from: `${moved(relay)} ${from}`, content: TEXT.slice(8), id: "part2" });
      const size = TEXT.length;
      relay.socket?.write(
        first === 9 ? rest : rest.replace(/1-(\d+)\/\1/, `9-${size}/${size}`).replace("m-part2", "m1"),
      );
      await relay.until(/REPORT\r\nTo-Path: \S+moved[\s\S]*Status: 000 200/);
      const { path = "", verified } = await came("item");
      expect([readFileSync(path, "utf8"), verified]).toEqual([TEXT, "yes"]);
      await to.bye();
    }),
  );

  it.each([
    ["488 Not Acceptable Here", ""],
    ["200 OK", "m=message 0 TCP/MSRP *\r\n"],
  ])("ends it at once, and keeps what is here, where the sender takes no other path (%s)", (status, line) =>
    withRelay(async (relay, to, own, server) => {
      const came = eventsOf(own);
      const invite = await cutOff(relay, to, own, server);
      const sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
      const answer = line === "" ? "" : sdp + line;
      server.respond(invite, status, ["Contact: <sip:a@127.0.0.1>", "Content-Type: application/sdp"], answer);
      const { outcome, reason } = await came("offerEnded");
      expect([outcome, reason?.code]).toEqual(["failed", "INLET_MSRP_CONNECTION_LOST"]);
      await to.bye();
      await to.offer(offeredLine(TEXT, PLAIN, from, `a=file-range:1-${TEXT.length}`));
      const offers = (await own.execute("offers.list", { limit: 5 })) as {
        offers: { files: { received?: number }[] }[];
      };
      expect(offers.offers.map(({ files }) => files[0]?.received)).toContain(8);
    }),
  );

  it.each([
    ["takes it", "200 OK", (relay: RawRelay) => moved(relay)],
    ["keeps to the one before", "488 Not Acceptable Here", (relay: RawRelay) => granted(relay)],
  ])("tells of another path that it grants in the course of a file, whose sender %s", (_, status, through) =>
    withRelay(async (relay, to, own, server, time) => {
      const came = eventsOf(own);
      await relay.grant(granted(relay), 90);
      await relayState(own, "ready");
      const { path } = await to.offer(offeredLine(TEXT, PLAIN, from));
      const paths = `To-Path: ${path.split(" ")[1]}\r\nFrom-Path: ${granted(relay)} ${from}\r\nMessage-ID: m1\r\n`;
      const head = (at: number): string => `Byte-Range: ${at}-*/${TEXT.length}\r\nContent-Type: text/plain\r\n\r\n`;
      relay.socket?.write(`MSRP part1 SEND\r\n${paths}${head(1)}${TEXT.slice(0, 8)}\r\n-------part1+\r\n`);
      await relay.until(/^MSRP part1 200/m);
      time.advance(60_000);
      (await relay.asked()).answer("200 OK", `Use-Path: ${moved(relay)}`, "Expires: 90");
      const invite = await server.next("INVITE");
      expect(/^a=path:(.*)\r$/m.exec(invite)?.[1]).toBe(`${moved(relay)} ${path.split(" ")[1]}`);
      expect(invite).not.toContain("a=file-range");
      const sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
      const line = `${offeredLine(TEXT, PLAIN, from).join("\r\n")}\r\n`;
      const ok = ["Contact: <sip:a@127.0.0.1>", "Content-Type: application/sdp"];
      server.respond(invite, status, ok, status.startsWith("2") ? sdp + line : "");
      await server.next("ACK");
      const rest = paths
        .replace(granted(relay), through(relay))
        .replace("Message-ID", "Success-Report: yes\r\nMessage-ID");
      relay.socket?.write(`MSRP part2 SEND\r\n${rest}${head(9)}${TEXT.slice(8)}\r\n-------part2$\r\n`);
      await relay.until(new RegExp(`REPORT\\r\\nTo-Path: ${through(relay)}[\\s\\S]*Status: 000 200`));
      expect((await came("item")).verified).toBe("yes");
      await to.bye();
    }),
  );

  it("T4, relayReturn: says when it is gone, and what was awaited through it fails when it does not come back", () =>
    withRelay(async (relay, to, own, _, time) => {
      const came = eventsOf(own);
      await relay.grant(granted(relay));
      await relayState(own, "ready");
      await to.offer(offeredLine("relayed", PLAIN, from));
      await relay[Symbol.asyncDispose]();
      await relayState(own, "lost");
      expect(own.state.accounts[BOB]?.relay).toMatchObject({
        retryAt: expect.any(String),
        reason: { code: expect.any(String) },
      });
      time.advance(LIMITS.relayReturn);
      expect((await came("offerEnded")).reason?.code).toBe("INLET_MSRP_CONNECTION_LOST");
      await to.bye();
    }));

  it("is asked again at once when the person wants it", () =>
    withRelay(async (relay, _, own) => {
      await relay.grant(granted(relay));
      await relayState(own, "ready");
      relay.cut();
      await relayState(own, "lost");
      await own.execute("accounts.reconnect", { account: BOB });
      await relay.grant(granted(relay));
      await relayState(own, "ready");
      expect(own.state.accounts[BOB]?.relay).toEqual({ state: "ready" });
    }));
});
