/** Files over TLS (RFC 4975 §14.4, RFC 8122), from the INVITE to the item, against a whole agent that accepts all it can. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentEvent } from "./contract/index.ts";
import { ManualClock } from "./kernel/index.ts";
import { type Identity, makeIdentity } from "./msrp/index.ts";
import { offeredLine, RawCore, RawSender, rawSend, rawUntil } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
const TLS = "m=message 7654 TCP/TLS/MSRP *";
const FROM = "msrps://127.0.0.1:7654/s1;tcp";
const ours = makeIdentity(Date.now());
const other = makeIdentity(Date.now());
const named = ({ fingerprint }: Identity): string => `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`;

const folder = mkdtempSync(join(tmpdir(), "inlet-encrypted-"));
const received = join(folder, "in");
let core: RawCore;
let agent: Agent;
let sender: RawSender;
const events: AgentEvent[] = [];
let wake: (() => void) | undefined;

beforeAll(async () => {
  core = await RawCore.listen();
  sender = new RawSender(core, BOB);
  const account = { aor: BOB, registrar: core.uri, password: "secret", channels: false };
  const clock = new ManualClock(Date.now());
  agent = await startAgent({
    dataDir: join(folder, "data"),
    folder: received,
    accounts: [account],
    clock,
    accept: "all",
  });
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
    wake?.();
  });
  await core.register();
});
afterEach(async () => {
  await sender.bye();
  events.length = 0;
});
afterAll(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
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
    expect(item.verified).toBe("yes");
    expect(readFileSync(item.path ?? "", "utf8")).toBe(content);
    socket.destroy();
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
