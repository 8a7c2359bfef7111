/** tshark judges whole MSRP sessions of Inlet's, in both directions; and reads nothing where they are encrypted. */
import { randomBytes } from "node:crypto";
import { connect, createServer, type Server, type Socket } from "node:net";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import {
  MsrpListener,
  MsrpSender,
  type MsrpSession,
  makeIdentity,
  RelayClient,
  type RelayView,
  SendConnection,
  senderPath,
} from "@inlet/agent-core/msrp";
import { RawRelay } from "@inlet/agent-core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "./free-port.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { noTshark, Recording } from "./tshark.ts";

if (noTshark !== undefined) console.log(`left out: tshark as a judge of Inlet's MSRP (${noTshark})`);

const options = { clock: systemClock, log: silentLog };
const identity = makeIdentity(Date.now());

async function* once(octets: Buffer): AsyncGenerator<Buffer, void> {
  yield octets;
}

/** Takes `left` messages, then resolves. */
function awaiting(listener: MsrpListener, left: number, more: { readonly secure?: { fingerprints: [] } } = {}) {
  const kept = Promise.withResolvers<void>();
  const session: MsrpSession = listener.expect({
    acceptTypes: ["text/plain"],
    ...more,
    onMessage: () => ({
      write: () => undefined,
      complete: () => {
        if (--left === 0) kept.resolve();
        return Promise.resolve();
      },
      abort: () => undefined,
    }),
  });
  return { session, kept: kept.promise };
}

/** What passes between a sender and a receiver, in both directions. */
async function between(port: number): Promise<{ readonly port: number; readonly said: () => readonly Buffer[] }> {
  const said: Buffer[][] = [];
  const server = createServer((socket) => {
    const further = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, further],
      [further, socket],
    ] as const) {
      const octets: Buffer[] = [];
      said.push(octets);
      from.on("data", (data) => octets.push(data));
      from.on("error", () => undefined);
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { port: portOf(server), said: () => said.map((octets) => Buffer.concat(octets)) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** tshark reads one message of a segment: each goes into one of its own. Methods and statuses that it has found. */
async function judge(said: readonly Buffer[]): Promise<string[]> {
  const messages = said.flatMap((octets) => {
    const text = octets.toString("latin1");
    const found = text.match(/MSRP (\S+) [\s\S]*?\r\n-------\1[$+#]\r\n/g) ?? [];
    expect(found.join("")).toBe(text);
    return found;
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const came = new Promise<Socket>((resolve) => server.once("connection", resolve));
  using recording = await Recording.of(portOf(server));
  const out = connect({ port: portOf(server), host: "127.0.0.1", noDelay: true });
  const into = await came;
  for (const message of messages) {
    const arrived = new Promise((resolve) => into.once("data", resolve));
    out.write(message, "latin1");
    await arrived;
  }
  out.destroy();
  server.close();
  const packets = await recording.packets("msrp");
  expect(packets).toHaveLength(messages.length);
  expect(packets.filter(({ bad, what }) => bad || what === "")).toEqual([]);
  return [...new Set(packets.map(({ what }) => what))].sort();
}

describe.skipIf(noTshark !== undefined)("tshark as a judge of MSRP", () => {
  it("finds nothing malformed in a session of our sender and our receiver", async () => {
    await using listener = await MsrpListener.listen({ ...options, host: "127.0.0.1", port: 0 });
    const passing = await between(listener.port);
    const { session, kept } = awaiting(listener, 2);
    const place = { host: "127.0.0.1", port: passing.port };
    const paths = { toPath: [session.path], fromPath: senderPath("127.0.0.1") };
    const connection = await SendConnection.open({ ...options, place });
    const sender = MsrpSender.over(connection, paths);
    const text = { contentType: "text/plain", successReport: true, chunkSize: 1000 };
    for (const size of [10, 5000]) {
      await sender.send({ ...text, size, read: once(Buffer.from(randomBytes(size / 2).toString("hex"))) });
    }
    await kept;
    // A type that was not agreed is refused.
    await expect(
      sender.send({ contentType: "image/png", size: 5, read: once(Buffer.from("hello")) }),
    ).rejects.toMatchObject({ code: "INLET_MSRP_REFUSED" });
    await sender.close();
    await connection.close();
    expect(await judge(passing.said())).toEqual(["200", "415", "REPORT", "SEND"]);
  });

  it("nor in what we say where we connect, and to a relay", async () => {
    await using relay = await RawRelay.listen();
    await using listener = await MsrpListener.listen({ ...options, host: "127.0.0.1", port: 0 });
    const ready = Promise.withResolvers<void>();
    const relays = [`msrp://127.0.0.1:${relay.port};tcp`];
    const changed = ({ state }: RelayView): void => {
      if (state === "ready") ready.resolve();
    };
    using client = new RelayClient(
      { relays, user: "bob", password: "secret" },
      { ...options, endpoint: listener, changed },
    );
    client.retry();
    await relay.grant(`msrp://127.0.0.1:${relay.port}/granted;tcp`);
    await ready.promise;
    const { session } = awaiting(listener, 1);
    void session.connect([`msrp://127.0.0.1:${relay.port}/waits;tcp`]).catch(() => undefined);
    await relay.until(/ SEND[\s\S]*\$\r\n$/);
    expect(await judge([Buffer.from(relay.text, "latin1")])).toEqual(["AUTH", "SEND"]);
  });

  it("and reads nothing of an encrypted one, neither heads nor content", async () => {
    const port = await freePort();
    using recording = await Recording.of(port);
    await using listener = await MsrpListener.listen({ ...options, host: "127.0.0.1", port, identity });
    const { session, kept } = awaiting(listener, 1, { secure: { fingerprints: [] } });
    const peer = await RawMsrp.open(session.path, { rejectUnauthorized: false });
    const secret = "what nobody else may read";
    const from = "msrps://127.0.0.1:9/judge;tcp";
    await peer.send({ to: session.path, from, data: Buffer.from(secret), chunk: 2048, type: "text/plain" });
    await kept;
    await peer.until(/REPORT/);
    peer.close();
    const octets = await recording.octets();
    for (const hidden of ["MSRP ", "To-Path", session.path, secret]) expect(octets.includes(hidden)).toBe(false);
    expect((await recording.packets("msrp")).every(({ what }) => what === "")).toBe(true);
  });

  it("it does find what is no MSRP", async () => {
    const port = await freePort();
    using recording = await Recording.of(port);
    await using _ = await MsrpListener.listen({ ...options, host: "127.0.0.1", port });
    const peer = await RawMsrp.open(`msrp://127.0.0.1:${port}/x;tcp`);
    await peer.write(Buffer.from("MSRP without a method\r\n\r\n"));
    await new Promise((resolve) => peer.socket.once("close", resolve));
    const [first] = await recording.packets("msrp");
    expect(first?.what).toBe("");
  });
});
