/**
 * Every push procedure of seed 001 between Inlet's own two ends, the same over each way there is to a receiver: its provider
 * alone, and a real Kamailio over UDP, TCP and TLS.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Agent, startAgent } from "@inlet/agent-core";
import type { AgentEvent, TraceEntry } from "@inlet/agent-core/contract";
import { silentLog } from "@inlet/agent-core/kernel";
import { type Certificates, makeCertificates } from "@inlet/agent-core/testing";
import { type PushResult, type SendFilesOptions, sendFiles, startProvider } from "@inlet/provider";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasKamailio, startKamailio } from "./kamailio.ts";

const BOB = "sip:bob@example.net";
const PASSWORDS = { ann: "sends it", bob: "builds it" };

interface Core {
  readonly registrar: string;
  /** PEM file of its authority. */
  readonly ca?: string;
  stop(): Promise<void>;
}

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates[Symbol.dispose]());

async function throughProvider(): Promise<Core> {
  const users = Object.entries(PASSWORDS).map(([name, password]) => ({ name, password }));
  const listen = { host: "127.0.0.1", port: 0 };
  return startProvider({ listen, domain: "example.net", users, log: silentLog });
}

const throughKamailio = (transport: "udp" | "tcp" | "tls") => async (): Promise<Core> => {
  const { key, cert, ca } = certificates;
  const core = await startKamailio({ digest: "SHA-256", users: PASSWORDS, certificate: { key, cert } });
  const port = transport === "tls" ? core.tlsPort : core.port;
  return { registrar: `sip:127.0.0.1:${port};transport=${transport}`, ca, stop: core.stop };
};

const WAYS: readonly (readonly [string, boolean, () => Promise<Core>])[] = [
  ["the provider, over TCP", true, throughProvider],
  ["Kamailio, over UDP", hasKamailio, throughKamailio("udp")],
  ["Kamailio, over TCP", hasKamailio, throughKamailio("tcp")],
  ["Kamailio, over TLS", hasKamailio, throughKamailio("tls")],
];
if (!hasKamailio) console.log("left out: push procedures through Kamailio (package kamailio is not installed)");

describe.each(WAYS.filter(([, there]) => there))("push procedures through %s", (_, __, startCore) => {
  let core: Core;
  let dir: string;
  let bob: Agent;
  let events: AgentEvent[];
  let wake: (() => void) | undefined;
  const contents = [Buffer.from("a note\n"), randomBytes(300_000), randomBytes(20_000)];
  let files: string[];
  let web: Server;
  let fetched: string[];

  const tls = () => (core.ca === undefined ? {} : { tls: { ca: readFileSync(core.ca, "utf8") } });

  beforeAll(async () => {
    core = await startCore();
  });
  afterAll(() => core.stop());

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "inlet-procedures-"));
    files = ["note.txt", "large.bin", "more.bin"].map((name) => join(dir, name));
    for (const [index, path] of files.entries()) writeFileSync(path, contents[index] ?? "");
    events = [];
    fetched = [];
    web = createServer((request, response) => {
      fetched.push(request.url ?? "");
      response.end(contents[1]);
    });
    web.listen(0, "127.0.0.1");
    await once(web, "listening");
    bob = await startAgent({
      dataDir: join(dir, "data"),
      folder: join(dir, "in"),
      accounts: [{ aor: BOB, registrar: core.registrar, password: PASSWORDS.bob, channels: false, ...tls() }],
      links: { networks: ["127.0.0.1"] },
    });
    bob.subscribe((message) => {
      if ("event" in message) events.push(message);
      wake?.();
    });
    await until(() => bob.state.accounts[BOB]?.state === "registered");
  });
  afterEach(async () => {
    await bob.stop();
    web.closeAllConnections();
    web.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const event = async <E extends AgentEvent["event"]>(kind: E): Promise<Extract<AgentEvent, { event: E }>> => {
    let found: AgentEvent | undefined;
    await until(() => {
      found = events.find((one) => one.event === kind);
      return found !== undefined;
    });
    return found as Extract<AgentEvent, { event: E }>;
  };
  const send = async (options: Partial<SendFilesOptions> = {}): Promise<PushResult[]> =>
    (
      await sendFiles({
        aor: "sip:ann@example.net",
        registrar: core.registrar,
        password: PASSWORDS.ann,
        to: BOB,
        method: "msrp",
        files,
        log: silentLog,
        ...tls(),
        ...options,
      })
    ).results;
  const outcomes = (results: readonly PushResult[]): string[] =>
    results.map(({ outcome, reason }) => (reason === undefined ? outcome : `${outcome} ${reason.code}`));
  const decide = (offer: string, accept: readonly number[]): Promise<unknown> =>
    bob.execute("offers.decide", { offer, accept });

  it("S1-9: of three files side by side those that are accepted arrive whole, and the session ends by BYE", async () => {
    const sending = send();
    const offer = await event("offer");
    await decide(offer.id, [0, 1]);
    expect(outcomes(await sending)).toEqual(["confirmed", "confirmed", "rejected INLET_SEND_REJECTED"]);
    expect(await event("offerEnded")).toMatchObject({ outcome: "completed" });
    const items = events.filter((one) => one.event === "item");
    expect(items).toHaveLength(2);
    for (const { path, index } of items)
      expect(readFileSync(path ?? "").equals(contents[index ?? 0] ?? Buffer.alloc(0))).toBe(true);
  });

  it("S1-68: the flow is that of the proposal: nothing is missing, and nothing comes before its time", async () => {
    const sending = send({ files: files.slice(1, 2) });
    await decide((await event("offer")).id, [0]);
    expect(outcomes(await sending)).toEqual(["confirmed"]);
    const seen = async (): Promise<readonly TraceEntry[]> => {
      const { messages } = (await bob.execute("trace.list", {})) as { messages: TraceEntry[] };
      return messages
        .toReversed()
        .filter(({ repeated, summary }) => !repeated && !/REGISTER|OPTIONS|^1\d\d /.test(summary));
    };
    const last = (list: readonly TraceEntry[]): boolean => list.some(({ summary }) => summary === "200 OK (BYE)");
    let messages = await seen();
    while (!last(messages)) {
      await new Promise((resolve) => setImmediate(resolve));
      messages = await seen();
    }
    const said = (direction: "in" | "out"): string[] =>
      messages
        .filter((one) => one.direction === direction)
        .map(({ summary }) => summary.replace(/ sip:.*| [\d*/-]+$/g, ""));
    // The ACK goes through the core, and may be overtaken. The first SEND opens the connection, and holds nothing.
    expect(said("in").filter((one) => one !== "ACK")).toEqual(["INVITE", "SEND", "SEND", "SEND", "BYE"]);
    expect(said("out")).toEqual([
      "200 OK (INVITE)",
      "200 OK",
      "200 OK",
      "200 OK",
      "REPORT 1-300000/300000 (000 200 OK)",
      "200 OK (BYE)",
    ]);
    const place = (fits: RegExp): number => messages.findIndex(({ summary }) => fits.test(summary));
    for (const between of [[/^ACK/], [/^SEND/, /^REPORT/]]) {
      const order = [/^INVITE/, /^200 OK \(INVITE\)/, ...between, /^BYE/, /^200 OK \(BYE\)/].map(place);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
      expect(order).not.toContain(-1);
    }
  });

  it("S1-14: rejected as a whole, it ends with what the receiver said", async () => {
    const sending = send();
    await decide((await event("offer")).id, []);
    expect(outcomes(await sending)).toEqual(Array(3).fill("rejected INLET_SEND_REJECTED"));
    expect(await event("offerEnded")).toMatchObject({ outcome: "rejected" });
  });

  it("S1-50: cancelled before the answer, the offer is withdrawn", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal });
    await event("offer");
    cancel.abort();
    expect(outcomes(await sending)).toEqual(Array(3).fill("failed INLET_TRANSFER_CANCELLED"));
    expect(await event("offerEnded")).toMatchObject({ outcome: "cancelled" });
  });

  it("S1-30: given up in the middle, the receiver's end is released and its part kept or gone", async () => {
    const cancel = new AbortController();
    const sending = send({ files: files.slice(1, 2), signal: cancel.signal, onProgress: () => cancel.abort() });
    await decide((await event("offer")).id, [0]);
    await sending;
    await event("offerEnded");
    expect(bob.state.transfers).toEqual({});
    expect(bob.state.offers).toEqual({});
  });

  it("S1-8: small content goes in a MESSAGE, stored before its 200", async () => {
    expect(outcomes(await send({ method: "auto", files: files.slice(0, 1) }))).toEqual(["confirmed"]);
    expect(await event("item")).toMatchObject({ kind: "message", text: "a note\n" });
  });

  it("S1-1: a link is offered, and fetched once it is accepted", async () => {
    await bob.execute("settings.set", { plainLinks: true });
    const linkBase = `http://127.0.0.1:${(web.address() as AddressInfo).port}/pushed`;
    expect(outcomes(await send({ method: "indirect", files: files.slice(1, 2), linkBase }))).toEqual(["delivered"]);
    const offer = await event("offer");
    expect(fetched).toEqual([]);
    await decide(offer.id, [0]);
    const item = await event("item");
    expect(item).toMatchObject({ kind: "file", verified: "yes", size: 300_000 });
    expect(readFileSync(item.path ?? "").equals(contents[1] ?? Buffer.alloc(0))).toBe(true);
    expect(fetched).toEqual(["/pushed/large.bin"]);
  });
});
