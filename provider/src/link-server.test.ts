/** Files that a sender serves itself, fetched with nothing but sockets and `fetch`. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { LIMITS, ManualClock, millis, silentLog, systemClock } from "@inlet/agent-core/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Link, LinkServer } from "./link-server.ts";
import { readOutgoingFile } from "./outgoing-file.ts";
import { TemporaryFolder } from "./testing.ts";

const HOUR = 3_600_000;
const OWN = { base: undefined, address: "192.0.2.7" };
const CONTENT = randomBytes(100_000);
let folder: TemporaryFolder;
let server: LinkServer;
let link: Link;

const offer = async (name: string, content: Uint8Array): Promise<Link> => {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return server.offer(await readOutgoingFile({ path }));
};
const get = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, init);
const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

beforeEach(async () => {
  folder = new TemporaryFolder();
  server = await LinkServer.open({ host: "127.0.0.1", port: 0 }, OWN, silentLog);
  link = await offer("Grüße 1'.bin", CONTENT);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("a link that the sender serves", () => {
  it("leads to the file, as an attachment, and counts as fetched at its last octet", async () => {
    const head = await get(link.url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "100000"]);
    expect(link.fetched).toBe(false);
    const response = await get(link.url);
    expect(response.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%201%27.bin");
    expect((await bytes(response)).equals(CONTENT)).toBe(true);
    await server.finished(systemClock, Date.now() + HOUR, undefined);
    expect(link.fetched).toBe(true);
  });

  it("goes on where a transfer broke", async () => {
    const first = await get(link.url, { headers: { Range: "bytes=0-59999" } });
    expect([first.status, first.headers.get("content-range")]).toEqual([206, "bytes 0-59999/100000"]);
    const begin = await bytes(first);
    expect(link.fetched).toBe(false);
    const rest = await bytes(await get(link.url, { headers: { Range: "bytes=60000-" } }));
    expect(Buffer.concat([begin, rest]).equals(CONTENT)).toBe(true);
    await server.finished(systemClock, Date.now() + HOUR, undefined);
    expect((await get(link.url, { headers: { Range: "bytes=100000-" } })).status).toBe(416);
  });

  it("of an empty file leads to nothing, which is all of it", async () => {
    const empty = await offer("empty.txt", new Uint8Array());
    expect((await bytes(await get(empty.url))).length).toBe(0);
    expect(empty.fetched).toBe(true);
  });

  it("is one receiver's own, cannot be guessed, and is all there is", async () => {
    const other = server.offer(link.file);
    expect(other.url).not.toBe(link.url);
    const { origin, pathname } = new URL(link.url);
    const [, token = "", name = ""] = pathname.split("/");
    expect(Buffer.from(token, "base64url")).toHaveLength(16);
    for (const path of ["", name, `${token}/`, `${token}/other.bin`, `x/${name}`, `${token}/../../etc/passwd`])
      expect((await get(`${origin}/${path}`)).status).toBe(404);
    expect((await get(link.url, { method: "POST", body: "x" })).status).toBe(405);
    server.withdraw(other);
    expect((await get(other.url)).status).toBe(404);
  });

  it("is waited for no longer than was said, or wanted", async () => {
    const clock = new ManualClock();
    const late = server.finished(clock, clock.now() + HOUR, undefined);
    clock.advance(millis(HOUR));
    await late;
    const ending = new AbortController();
    const ended = server.finished(clock, clock.now() + HOUR, ending.signal);
    ending.abort();
    await ended;
    expect(link.fetched).toBe(false);
  });

  it("names the address under which receivers find it", async () => {
    const place = { host: "127.0.0.1", port: 0 };
    await using behind = await LinkServer.open(place, { ...OWN, base: "https://files.example.net/pushed" }, silentLog);
    expect(behind.offer(link.file).url).toMatch(/^https:\/\/files\.example\.net\/pushed\/[\w-]{22}\/Gr/);
  });

  it.each([
    ["0.0.0.0", "192.0.2.7", /^http:\/\/192\.0\.2\.7:\d+\//],
    ["0.0.0.0", "2001:db8::7", /^http:\/\/\[2001:db8::7\]:\d+\//],
  ])("at every address (%s) names %s, by which the core is reached", async (host, address, url) => {
    await using everywhere = await LinkServer.open({ host, port: 0 }, { ...OWN, address }, silentLog);
    expect(everywhere.offer(link.file).url).toMatch(url);
  });

  it("a place that is taken is refused in words", async () => {
    const port = Number(new URL(link.url).port);
    await expect(LinkServer.open({ host: "127.0.0.1", port }, OWN, silentLog)).rejects.toMatchObject({
      code: "INLET_SEND_LINK_PLACE",
    });
  });

  it("linkGuests: those beyond are cut, and the others are served", async () => {
    const port = Number(new URL(link.url).port);
    const guests = Array.from({ length: LIMITS.linkGuests }, () => connect(port, "127.0.0.1"));
    await Promise.all(guests.map((guest) => once(guest, "connect")));
    const beyond = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(beyond, "close");
    const [first] = guests;
    first?.write(`HEAD ${new URL(link.url).pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(`${(await once(first ?? beyond, "data"))[0]}`).toMatch(/^HTTP\/1\.1 200/);
    for (const guest of guests) guest.destroy();
  });
});
