/** Files that are named by their address (RFC 4483): asked about like an offer, fetched, verified, kept, and gone on with. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgentOptions, type StartedAgent, startAgent } from "./agent.ts";
import type { AgentEvent, Offer, OfferRecord, TraceEntry, TraceMessage } from "./contract/index.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { RawCore } from "./testing/index.ts";
import { formatExternalBody } from "./wire/external-body/index.ts";

let dir: string;
let core: RawCore;
let agent: StartedAgent;
let server: Server;
let answer: RequestListener;
let asked: IncomingMessage[];
let events: AgentEvent[];
let wake: (() => void) | undefined;

const start = async (options: Partial<AgentOptions> = {}): Promise<void> => {
  agent = await startAgent({
    dataDir: join(dir, "data"),
    folder: join(dir, "in"),
    accounts: [{ aor: "sip:bob@example.net", registrar: core.uri, password: "x", channels: false }],
    links: { networks: ["127.0.0.1"] },
    ...options,
  });
  await agent.execute("settings.set", { plainLinks: true });
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
    wake?.();
  });
  await core.register();
  await until(() => Object.values(agent.state.accounts)[0]?.state === "registered");
};

/** Answers the REGISTER of a stop. */
const stop = async (): Promise<void> => {
  const stopping = agent.stop();
  const request = await core.next("REGISTER");
  core.respond(request, "200 OK");
  await stopping;
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "inlet-links-"));
  asked = [];
  events = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
    wake?.();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  core = await RawCore.listen();
  await start();
});
afterEach(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
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

interface Wish {
  readonly path?: string;
  readonly size?: number;
  readonly sha1?: string;
  readonly expiration?: number;
  readonly url?: string;
}

const file = randomBytes(500_000);
const sha1 = createHash("sha1").update(file).digest("hex");

/** The header lines and the body of a MESSAGE that names links. */
function links(...wishes: readonly Wish[]): readonly [lines: string[], body: string] {
  const parts = wishes.map(({ path = "/tides.bin", url, expiration, ...rest }) =>
    formatExternalBody({
      url: url ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      ...rest,
      ...(expiration !== undefined && { expiration: expiration as never }),
      headers: [
        ["Content-Type", "application/x-tides"],
        ["Content-Disposition", "attachment; filename=tides.bin"],
        ["Content-Description", "Tides of the year"],
      ],
    }),
  );
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return [[`Content-Type: ${first.contentType}`], first.content];
  const body = parts.map(({ contentType, content }) => `--b\r\nContent-Type: ${contentType}\r\n\r\n${content}\r\n`);
  return [["Content-Type: multipart/mixed;boundary=b"], `${body.join("")}--b--\r\n`];
}

async function push(...wishes: readonly Wish[]): Promise<string> {
  const [lines, body] = links(...wishes);
  core.request("MESSAGE", "sip:bob@example.net", [...lines, "Subject: Harbour"], body);
  return (await core.next(/^SIP\/2\.0 \d+[\s\S]*CSeq: 1 MESSAGE/)).split("\r\n", 1)[0] ?? "";
}

const offered = async (...wishes: readonly Wish[]): Promise<Offer> => {
  expect(await push(...wishes)).toBe("SIP/2.0 200 OK");
  return event("offer");
};

const decide = (offer: string, accept: readonly number[]): Promise<unknown> =>
  agent.execute("offers.decide", { offer, accept });

const history = async (): Promise<readonly OfferRecord[]> =>
  ((await agent.execute("offers.list", {})) as { offers: OfferRecord[] }).offers;

describe("a message that names a file by its address", () => {
  it("linkDecision: is asked about like an offer, and nothing is fetched before", async () => {
    const offer = await offered({ size: file.length, sha1 });
    expect(offer).toMatchObject({
      origin: "link",
      from: { uri: "sip:core@example.net" },
      subject: "Harbour",
      files: [
        {
          index: 0,
          name: "tides.bin",
          type: "application/x-tides",
          size: 500_000,
          description: "Tides of the year",
          disposition: "attachment",
          hashes: { "sha-1": expect.stringMatching(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/) },
          url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/tides\.bin$/),
        },
      ],
    });
    const days = (Date.parse(offer.expiresAt) - Date.parse(offer.receivedAt)) / LIMITS.linkDecision;
    expect(days).toBeCloseTo(1, 4);
    expect(agent.state.offers[offer.id]).toBeDefined();
    expect(asked).toEqual([]);
  });

  it("what is fetched is in the trace, without octets and keys: each try, and what it turned out to be", async () => {
    answer = (request, response) => {
      if (request.url?.startsWith("/moved") === true) {
        response.writeHead(302, { Location: "/tides.bin?sig=s3cret" }).end();
      } else if (asked.length === 2) {
        response.writeHead(200, { "Content-Length": file.length });
        response.write(file.subarray(0, 1000), () => response.destroy());
      } else response.writeHead(206, { "Content-Range": `bytes 1000-499999/500000` }).end(file.subarray(1000));
    };
    const offer = await offered({ path: "/moved?key=s3cret", size: file.length, sha1 });
    await decide(offer.id, [0]);
    expect((await event("item")).verified).toBe("yes");
    const { messages } = (await agent.execute("trace.list", { account: "sip:bob@example.net" })) as {
      messages: TraceEntry[];
    };
    const fetched = messages.filter(({ protocol }) => protocol === "HTTP").reverse();
    const texts = await Promise.all(
      fetched.map(async ({ id }) => ((await agent.execute("trace.get", { id })) as TraceMessage).text),
    );
    expect(fetched.map(({ direction, summary }) => `${direction} ${summary}`)).toEqual([
      "out GET /moved?[redacted]",
      "in 302 Found",
      "out GET /tides.bin?[redacted]",
      "in 200 OK",
      "out GET /moved?[redacted]",
      "in 302 Found",
      "out GET /tides.bin?[redacted]",
      "in 206 Partial Content",
      expect.stringContaining(`in [kept: 500000 octets, sha-1 ${sha1}`),
    ]);
    expect(texts[3]).toMatch(/\r\n\r\n\[1000 octets, then INLET_LINK_UNREACHABLE\]$/);
    expect(texts[6]).toMatch(/^range: bytes=1000-\r$/m);
    expect(texts[7]).toMatch(/\r\n\r\n\[499000 octets\]$/);
    expect(fetched[3]).toMatchObject({ failed: true, remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    const all = await Promise.all(
      messages.map(async ({ id }) => ((await agent.execute("trace.get", { id })) as TraceMessage).text),
    );
    expect(all.join("")).not.toContain("s3cret");
  });

  it("accepted: the file is fetched, verified, kept and told, and the offer has ended", async () => {
    answer = (_, response) => response.end(file);
    const offer = await offered({ size: file.length, sha1 });
    await decide(offer.id, [0]);
    const item = await event("item");
    expect(item).toMatchObject({
      kind: "file",
      offer: offer.id,
      index: 0,
      type: "application/x-tides",
      verified: "yes",
    });
    expect(readFileSync(item.path ?? "").equals(file)).toBe(true);
    expect(await event("offerEnded")).toMatchObject({ id: offer.id, outcome: "completed" });
    expect(events.some((one) => one.event === "transfer")).toBe(true);
    expect(agent.state.transfers).toEqual({});
    expect((await history())[0]).toMatchObject({
      outcome: "completed",
      files: [{ outcome: "completed", item: item.id }],
    });
    expect(asked).toHaveLength(1);
  });

  it("linksOfMessage: of more links than that the further ones are refused", async () => {
    const wishes = Array.from({ length: LIMITS.linksOfMessage + 1 }, (_, n) => ({ path: `/${n}` }));
    const { files } = await offered(...wishes);
    expect(files.filter(({ unacceptable }) => unacceptable === undefined)).toHaveLength(LIMITS.linksOfMessage);
    expect(files.at(-1)?.unacceptable?.code).toBe("INLET_TOO_MANY_OFFERS");
  });

  it("rejected: nothing is ever fetched, and the history says who said no", async () => {
    const offer = await offered({});
    await decide(offer.id, []);
    expect(await event("offerEnded")).toMatchObject({ outcome: "rejected", reason: { code: "INLET_OFFER_REJECTED" } });
    expect(asked).toEqual([]);
  });

  it("with several links is one offer, each of whose files is decided on", async () => {
    answer = ({ url }, response) => response.end(url);
    const offer = await offered({ path: "/a" }, { path: "/b" }, { path: "/c" });
    await decide(offer.id, [0, 2]);
    expect(await event("offerEnded")).toMatchObject({ outcome: "completed" });
    expect(asked.map(({ url }) => url).sort()).toEqual(["/a", "/c"]);
  });

  it("linksAtOnce: beyond eight at a time the others wait for their turn", async () => {
    const open = new Set<ServerResponse>();
    answer = (_, response) => void open.add(response);
    const wishes = Array.from({ length: LIMITS.linksAtOnce + 2 }, (_, n) => ({ path: `/${n}` }));
    const offer = await offered(...wishes);
    await decide(offer.id, [...wishes.keys()]);
    await until(() => open.size === LIMITS.linksAtOnce);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(LIMITS.linksAtOnce);
    for (const response of open) response.end("x");
    await until(() => asked.length === wishes.length);
    for (const response of open) response.end("x");
    expect(await event("offerEnded")).toMatchObject({ outcome: "completed" });
  });

  it.each([
    ["another hash", { size: file.length, sha1: "00".repeat(20) }, "INLET_TRANSFER_HASH_MISMATCH"],
    ["less than it says", { size: file.length + 1, sha1 }, "INLET_TRANSFER_SIZE_MISMATCH"],
    ["more than it says", { size: file.length - 1, sha1 }, "INLET_TRANSFER_SIZE_MISMATCH"],
  ])("a file that has %s is not kept", async (_, wish, code) => {
    answer = (_request, response) => response.end(file);
    const offer = await offered(wish);
    await decide(offer.id, [0]);
    expect(await event("offerEnded")).toMatchObject({ outcome: "failed", reason: { code } });
    expect(readdirSync(join(dir, "in"))).toEqual([]);
  });

  it("a server that sends more than the message said, without saying so, is cut off", async () => {
    answer = (_, response) => response.write(file, () => response.end(file));
    const offer = await offered({ size: file.length });
    await decide(offer.id, [0]);
    expect(await event("offerEnded")).toMatchObject({ reason: { code: "INLET_TRANSFER_TOO_LARGE" } });
  });

  it("what the server says no to has failed, in words", async () => {
    answer = (_, response) => response.writeHead(410).end();
    const offer = await offered({});
    await decide(offer.id, [0]);
    expect(await event("offerEnded")).toMatchObject({ outcome: "failed", reason: { code: "INLET_LINK_REFUSED" } });
  });

  it("cancelled in the middle: the connection ends, and nothing stays", async () => {
    answer = (_, response) =>
      response.writeHead(200, { "Content-Length": file.length }).write(file.subarray(0, 100_000));
    const offer = await offered({ size: file.length });
    await decide(offer.id, [0]);
    await event("transfer");
    const closed = new Promise((resolve) => asked[0]?.socket.on("error", resolve).on("close", resolve));
    await agent.execute("transfers.cancel", { offer: offer.id, index: 0 });
    await closed;
    expect(await event("offerEnded")).toMatchObject({ outcome: "cancelled" });
    expect(readdirSync(join(dir, "in"))).toEqual([]);
  });

  it.each([
    ["another scheme", { url: "ftp://files.example/a" }, "INLET_LINK_SCHEME"],
    ["a file of this computer", { url: "file:///etc/passwd" }, "INLET_LINK_SCHEME"],
    ["an address of this computer", { url: "https://[::1]/a" }, "INLET_LINK_INTERNAL"],
    ["an address of its network", { url: "https://192.168.1.1/a" }, "INLET_LINK_INTERNAL"],
    ["a link that has expired", { expiration: Date.UTC(2020, 0, 1) }, "INLET_LINK_EXPIRED"],
  ])("%s is refused with 488 at once, and nobody is asked", async (_, wish, code) => {
    const [lines, body] = links(wish);
    core.request("MESSAGE", "sip:bob@example.net", lines, body);
    expect(await core.next("SIP/2.0 488")).toContain(`"${code}"`);
    expect(agent.state.offers).toEqual({});
    expect(await history()).toEqual([]);
  });

  it("http is refused unless the person has allowed it", async () => {
    await agent.execute("settings.set", { plainLinks: false });
    expect(await push({})).toMatch(/488/);
  });

  it("a name that leads into the network is found out when it is fetched", async () => {
    await stop();
    await start({ links: { resolve: async () => ["10.0.0.1"] } });
    const offer = await offered({ url: "http://files.example/a" });
    await decide(offer.id, [0]);
    expect(await event("offerEnded")).toMatchObject({ outcome: "failed", reason: { code: "INLET_LINK_INTERNAL" } });
  });

  it("openLinks: beyond a hundred that wait, further ones are turned away; those who wait for an answer are not", async () => {
    for (let n = 0; n < LIMITS.openLinks; n++) expect(await push({ path: `/${n}` })).toMatch(/200/);
    expect(await push({})).toMatch(/486/);
    core.request("MESSAGE", "sip:bob@example.net", ["Content-Type: text/plain"], "hello");
    await core.next("SIP/2.0 200");
  });
});

describe("an offer of links that outlives its agent", () => {
  it("waits for its decision after a restart, under its own name", async () => {
    const offer = await offered({ size: file.length, sha1 });
    await stop();
    events = [];
    await start();
    const again = await event("offer");
    expect(again).toMatchObject({ ...offer, event: "offer" });
    answer = (_, response) => response.end(file);
    await decide(offer.id, [0]);
    expect((await event("item")).offer).toBe(offer.id);
    expect(await event("offerEnded")).toMatchObject({ outcome: "completed" });
    expect(await history()).toHaveLength(1);
  });

  it("goes on where it was stopped, without being asked about again", async () => {
    const cut = 300_000;
    answer = (_, response) => response.writeHead(200, { "Content-Length": file.length }).write(file.subarray(0, cut));
    const offer = await offered({ size: file.length, sha1 });
    await decide(offer.id, [0]);
    await until(() => Object.values(agent.state.transfers)[0]?.received === cut || events.at(-1)?.event === "transfer");
    await stop();
    events = [];
    answer = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from === 0 ? 200 : 206, {
        "Content-Range": `bytes ${from}-${file.length - 1}/${file.length}`,
      });
      response.end(file.subarray(from));
    };
    await start();
    const item = await event("item");
    expect(item).toMatchObject({ offer: offer.id, verified: "yes", size: file.length });
    expect(readFileSync(item.path ?? "").equals(file)).toBe(true);
    expect(asked.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect((await history())[0]).toMatchObject({ outcome: "completed" });
  });

  it("ends by itself when nobody decides in time", async () => {
    await stop();
    const clock = new ManualClock(Date.now());
    await start({ clock });
    const offer = await offered({ expiration: Math.ceil(clock.now() / 1000) * 1000 + 60_000 });
    expect(Date.parse(offer.expiresAt)).toBeLessThanOrEqual(clock.now() + 61_000);
    clock.advance(61_000);
    expect(await event("offerEnded")).toMatchObject({ outcome: "expired", reason: { code: "INLET_OFFER_EXPIRED" } });
  });
});

describe("a transfer that breaks", () => {
  it("is asked for again from where it broke, after a pause", async () => {
    answer = (_, response) =>
      response
        .writeHead(200, { "Content-Length": file.length })
        .write(file.subarray(0, 200_000), () => response.destroy());
    const offer = await offered({ size: file.length, sha1 });
    await decide(offer.id, [0]);
    await until(() => asked.length === 1);
    answer = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from === 0 ? 200 : 206, {
        "Content-Range": `bytes ${from}-${file.length - 1}/${file.length}`,
      });
      response.end(file.subarray(from));
    };
    expect((await event("item")).verified).toBe("yes");
    expect(asked).toHaveLength(2);
  });
});

describe("rules and settings", () => {
  it("decide on a link as on any offer: what a rule accepts is fetched without asking", async () => {
    answer = (_, response) => response.end(file);
    const rule = { name: "Tides", enabled: true, when: { types: ["application/x-tides"] }, action: "accept" };
    await agent.execute("rules.save", { rule });
    expect(await push({ size: file.length, sha1 })).toBe("SIP/2.0 200 OK");
    expect(await event("item")).toMatchObject({ kind: "file", verified: "yes" });
    const [record] = await history();
    expect(record?.files).toMatchObject([{ outcome: "completed", decidedBy: "rule", rule: { name: "Tides" } }]);
  });
});
