import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LIMITS, ManualClock, systemClock } from "../kernel/index.ts";
import { type Certificates, makeCertificates } from "../testing/index.ts";
import { type GetOptions, getContent, type HttpPolicy } from "./get-content.ts";
import { isPublicAddress } from "./public-address.ts";

/** Everything on 127.0.0.1, and nothing else. */
const LOCAL: HttpPolicy = { plain: true, reach: (address) => address === "127.0.0.1" };

let server: Server;
let answer: RequestListener;
let asked: IncomingMessage[];
const sockets = new Set<Socket>();

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server.close();
});

const port = (): number => (server.address() as AddressInfo).port;
const at = (path: string, host = "127.0.0.1"): string => `http://${host}:${port()}${path}`;

const get = (url: string, more: Partial<GetOptions> = {}): ReturnType<typeof getContent> =>
  getContent({ url, policy: LOCAL, clock: systemClock, signal: new AbortController().signal, ...more });

async function whole(url: string, more: Partial<GetOptions> = {}): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of (await get(url, more)).octets) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fetched",
    (error: { code?: string }) => error.code ?? `${error}`,
  );

describe("fetching what a link names", () => {
  it("brings type, size and octets, and asks as nobody in particular", async () => {
    const body = randomBytes(300_000);
    answer = (_, response) => response.setHeader("Content-Type", "image/png").setHeader("Set-Cookie", "a=1").end(body);
    const content = await get(at("/a.png?x=1"));
    expect(content).toMatchObject({ type: "image/png", size: 300_000, from: 0 });
    expect((await whole(at("/a.png"))).equals(body)).toBe(true);
    const { headers, url } = asked[0] ?? expect.unreachable();
    expect(url).toBe("/a.png?x=1");
    expect(headers).toMatchObject({ "accept-encoding": "identity", connection: "close" });
    for (const name of ["cookie", "authorization", "referer", "range"]) expect(headers[name]).toBeUndefined();
  });

  it("asks for the rest, and says where it begins; a server without ranges sends all of it", async () => {
    answer = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1]);
      response.writeHead(206, { "Content-Range": `bytes ${from}-9/10` }).end("0123456789".slice(from));
    };
    expect(await get(at("/"), { from: 4 })).toMatchObject({ from: 4, size: 10 });
    expect((await whole(at("/"), { from: 4 })).toString()).toBe("456789");
    answer = (_, response) => response.setHeader("Content-Length", 10).end("0123456789");
    expect(await get(at("/"), { from: 4 })).toMatchObject({ from: 0, size: 10 });
  });

  it.each([
    ["404", "INLET_LINK_REFUSED"],
    ["401", "INLET_LINK_REFUSED"],
    ["304", "INLET_LINK_REFUSED"],
    ["416", "INLET_LINK_REFUSED"],
    ["500", "INLET_LINK_UNREACHABLE"],
    ["503", "INLET_LINK_UNREACHABLE"],
  ])("%s is %s", async (status, expected) => {
    answer = (_, response) => response.writeHead(Number(status)).end("no");
    expect(await code(get(at("/")))).toBe(expected);
  });

  it("a 206 of another place than asked for is refused", async () => {
    answer = (_, response) => response.writeHead(206, { "Content-Range": "bytes 0-9/10" }).end("0123456789");
    expect(await code(get(at("/"), { from: 4 }))).toBe("INLET_LINK_REFUSED");
    expect(await code(get(at("/")))).toBe("fetched");
  });

  it("content that is coded is refused: it may grow without end", async () => {
    answer = (_, response) => response.setHeader("Content-Encoding", "gzip").end("x");
    expect(await code(get(at("/")))).toBe("INLET_LINK_CODED");
  });

  it("a server that breaks off, or is not there, is unreachable", async () => {
    answer = (_, response) =>
      response.writeHead(200, { "Content-Length": 100 }).write("half", () => response.destroy());
    expect(await code(whole(at("/")))).toBe("INLET_LINK_UNREACHABLE");
    answer = (_, response) => response.destroy();
    expect(await code(get(at("/")))).toBe("INLET_LINK_UNREACHABLE");
    expect(await code(get("http://127.0.0.1:1/"))).toBe("INLET_LINK_UNREACHABLE");
    expect(await code(get(at("/", "nowhere.example"), { resolve: () => Promise.reject(new Error("ENOTFOUND")) }))).toBe(
      "INLET_LINK_UNREACHABLE",
    );
  });

  it("linkHeaders: headers without end, and answers that are no HTTP, are refused", async () => {
    answer = (_, response) => response.setHeader("X", "y".repeat(LIMITS.linkHeaders)).end();
    expect(await code(get(at("/")))).toBe("INLET_LINK_UNREACHABLE");
    answer = ({ socket }) => socket.end("SSH-2.0-x\r\n");
    expect(await code(get(at("/")))).toBe("INLET_LINK_UNREACHABLE");
  });

  it("linkResponse: a server that says nothing is given up after a while, one that stops in the middle too", async () => {
    const clock = new ManualClock();
    const reached = new Promise<void>((resolve) => {
      answer = () => resolve();
    });
    const silent = code(get(at("/"), { clock }));
    await reached;
    clock.advance(LIMITS.linkResponse);
    expect(await silent).toBe("INLET_LINK_UNREACHABLE");
    answer = (_, response) => response.writeHead(200).write("half");
    const content = await get(at("/"), { clock });
    const pieces = content.octets[Symbol.asyncIterator]();
    expect(`${(await pieces.next()).value}`).toBe("half");
    const next = code(pieces.next());
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(LIMITS.transferStall);
    expect(await next).toBe("INLET_TRANSFER_STALLED");
    expect(clock.pending).toBe(0);
  });

  it("ends at once when it is no longer wanted", async () => {
    const abort = new AbortController();
    answer = (_, response) => response.writeHead(200).write("half");
    const content = await get(at("/"), { signal: abort.signal });
    const reading = (async () => {
      for await (const _ of content.octets) abort.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
  });
});

describe("where a link may lead", () => {
  const internal: HttpPolicy = { plain: true, reach: isPublicAddress };
  const untouched = async (promise: Promise<unknown>, expected: string): Promise<void> => {
    let connections = 0;
    server.on("connection", () => connections++);
    answer = (_, response) => response.end("secret");
    expect(await code(promise)).toBe(expected);
    // A connection that was made before this one has been taken.
    const probe = connect(port(), "127.0.0.1");
    await once(server, "connection");
    probe.destroy();
    expect(connections).toBe(1);
  };

  it.each([
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
  ])("not to %s", async (host) => untouched(get(at("/", host), { policy: internal }), "INLET_LINK_INTERNAL"));

  it.each([
    [["127.0.0.1"]],
    [["::1"]],
    [["192.168.1.1"]],
    [["169.254.169.254"]],
    [["fd00::1"]],
    [["::ffff:10.0.0.1"]],
    [["93.184.216.34", "127.0.0.1"]],
  ])("not to a name that means %s", async (addresses) => {
    const resolve = async (): Promise<string[]> => addresses;
    await untouched(get(at("/", "files.example"), { policy: internal, resolve }), "INLET_LINK_INTERNAL");
  });

  it("a name is looked up once: what it means later does not count", async () => {
    const answers = [["127.0.0.1"], ["127.0.0.2"]];
    answer = (_, response) => response.end("ok");
    const resolve = async (): Promise<string[]> => answers.shift() ?? [];
    expect((await whole(at("/", "files.example"), { resolve })).toString()).toBe("ok");
    expect(asked[0]?.headers.host).toBe(`files.example:${port()}`);
    expect(answers).toHaveLength(1);
  });

  it("a redirect is followed to where a link might lead, and no further", async () => {
    answer = ({ url }, response) => {
      if (url === "/end") response.end("here");
      else response.writeHead(302, { Location: url === "/near" ? "end" : `http://127.0.0.2:${port()}/` }).end();
    };
    expect((await whole(at("/near"))).toString()).toBe("here");
    expect(await code(get(at("/far")))).toBe("INLET_LINK_INTERNAL");
    const resolve = async (host: string): Promise<string[]> => (host === "a.example" ? ["127.0.0.1"] : ["10.0.0.1"]);
    answer = (_, response) => response.writeHead(307, { Location: "http://b.example/" }).end();
    expect(await code(get(at("/", "a.example"), { resolve }))).toBe("INLET_LINK_INTERNAL");
  });

  it("linkRedirects: redirects end somewhere", async () => {
    answer = (_, response) => response.writeHead(301, { Location: "/again" }).end();
    expect(await code(get(at("/")))).toBe("INLET_LINK_REDIRECTS");
    expect(asked).toHaveLength(LIMITS.linkRedirects + 1);
  });

  it.each([
    ["file:///etc/passwd", "INLET_LINK_SCHEME"],
    ["ftp://files.example/", "INLET_LINK_SCHEME"],
    ["data:text/plain,x", "INLET_LINK_SCHEME"],
    ["http://me:secret@files.example/", "INLET_LINK_INVALID"],
    ["//", "INLET_LINK_REFUSED"],
  ])("not by a redirect to %s", async (location, expected) => {
    answer = (_, response) => response.writeHead(302, { Location: location }).end();
    expect(await code(get(at("/")))).toBe(expected);
  });

  it("not over http where the person has not allowed it", async () => {
    expect(await code(get(at("/"), { policy: { ...LOCAL, plain: false } }))).toBe("INLET_LINK_SCHEME");
  });
});

describe("over TLS", () => {
  let certificates: Certificates;
  let secure: Server;
  beforeAll(async () => {
    certificates = makeCertificates();
    const { key, cert } = certificates;
    secure = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      if (request.url === "/down") response.writeHead(302, { Location: at("/") }).end();
      else response.end("sealed");
    });
    secure.listen(0, "127.0.0.1");
    await once(secure, "listening");
  });
  afterAll(() => {
    secure.close();
    certificates[Symbol.dispose]();
  });
  const url = (path = "/", host = "127.0.0.1"): string =>
    `https://${host}:${(secure.address() as AddressInfo).port}${path}`;
  const trusting = (): HttpPolicy => ({ ...LOCAL, plain: false, ca: readFileSync(certificates.ca, "utf8") });

  it("content comes from who a trusted authority vouches for", async () => {
    expect((await whole(url(), { policy: trusting() })).toString()).toBe("sealed");
  });

  it("T1: an authority that nobody trusts, or another name, is refused before anything is asked", async () => {
    expect(await code(get(url(), { policy: { ...LOCAL, plain: false } }))).toBe("INLET_LINK_CERTIFICATE");
    const resolve = async (): Promise<string[]> => ["127.0.0.1"];
    expect(await code(get(url("/", "files.example"), { policy: trusting(), resolve }))).toBe("INLET_LINK_CERTIFICATE");
  });

  it("a redirect down to http is refused", async () => {
    expect(await code(get(url("/down"), { policy: trusting() }))).toBe("INLET_LINK_SCHEME");
  });
});
