import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "@inlet/agent-core/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { MemoryAgent } from "../testing/memory-agent.ts";
import { startWebHost, type WebHost } from "./host.ts";

let root: string;
let agent: MemoryAgent;
let host: WebHost;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "inlet-web-"));
  await mkdir(join(root, "dist/assets"), { recursive: true });
  await writeFile(join(root, "dist/index.html"), "<!doctype html><title>Inlet</title>");
  await writeFile(join(root, "dist/assets/app-1a2b.js"), "export {};");
  await writeFile(join(root, "secret.html"), "secret");
  agent = new MemoryAgent((command, params) => ({ command, params }));
  host = await startWebHost({ agent, assets: join(root, "dist"), port: 0 });
});

afterEach(async () => {
  await host.close();
  await rm(root, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** node:http sends the path as it is given; fetch would tidy it and sets its own Host. */
function get(
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  address = "127.0.0.1",
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: address, port: host.port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${host.token}` });
const codeOf = (reply: Reply): unknown => (JSON.parse(reply.body) as { error: { code: string } }).error.code;

interface Attempt {
  origin?: string;
  hostHeader?: string;
  protocols?: string[];
  path?: string;
}

function dial({ origin, hostHeader, protocols, path = "/agent" }: Attempt = {}): WebSocket {
  const own = `127.0.0.1:${host.port}`;
  return new WebSocket(`ws://${own}${path}`, protocols ?? ["inlet.v1", `token.${host.token}`], {
    origin: origin ?? `http://${own}`,
    headers: { Host: hostHeader ?? own },
  });
}

/** The HTTP status with which an upgrade was refused. */
function refusal(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    socket.on("error", () => undefined);
    socket.on("open", () => reject(new Error("the connection was taken")));
    socket.on("unexpected-response", (_, response) => {
      response.resume();
      resolve(response.statusCode);
      socket.terminate();
    });
  });
}

function messages(socket: WebSocket): () => Promise<unknown> {
  const arrived: unknown[] = [];
  let wake: () => void = () => undefined;
  socket.on("message", (data) => {
    arrived.push(JSON.parse(data.toString()));
    wake();
  });
  return async () => {
    while (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return arrived.shift();
  };
}

test("the interface is served with a policy that lets nothing else in", async () => {
  const index = await get("/");
  expect(index.status).toBe(200);
  expect(index.body).toContain("<title>Inlet</title>");
  expect(index.headers).toMatchObject({
    "content-security-policy": `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self' ws://127.0.0.1:${host.port}; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
  });
  const script = await get("/assets/app-1a2b.js?x");
  expect(script).toMatchObject({ status: 200, body: "export {};" });
  expect(script.headers["cache-control"]).toContain("immutable");
  expect((await get("/", {}, "HEAD")).body).toBe("");
});

test("the address holds a token of 32 bytes in its fragment, another at each start", async () => {
  const [, token = ""] = /^http:\/\/127\.0\.0\.1:\d+\/#token=(.+)$/.exec(host.address) ?? [];
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  const other = await startWebHost({ agent, assets: root, port: 0 });
  expect(other.token).not.toBe(token);
  await other.close();
});

test("IPv6 loopback answers on the same port", async () => {
  expect((await get("/", { Host: `[::1]:${host.port}` }, "GET", "::1")).status).toBe(200);
});

test("no other address of the machine answers", async () => {
  const socket = connect({ host: "127.0.0.2", port: host.port });
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ECONNREFUSED");
});

test("an explicit port that is taken is a named error", async () => {
  await expect(startWebHost({ agent, assets: root, port: host.port })).rejects.toMatchObject({
    code: "INLET_HOST_PORT",
  });
});

test.each([
  ["a rebound name", () => `evil.example:${host.port}`],
  ["localhost", () => `localhost:${host.port}`],
  ["no port", () => "127.0.0.1"],
  ["another port", () => "127.0.0.1:1"],
  ["other case and a dot", () => `127.0.0.1.:${host.port}`],
])("Host with %s is misdirected", async (_, name) => {
  const reply = await get("/", { Host: name() });
  expect(reply.status).toBe(421);
  expect(reply.body).not.toContain("<title>");
  expect(await refusal(dial({ hostHeader: name(), origin: `http://${name()}` }))).toBe(421);
});

test.each([
  "/../secret.html",
  "/assets/../../secret.html",
  "/%2e%2e/secret.html",
  "/..%2fsecret.html",
  "/..\\secret.html",
  "//etc/passwd",
  "/%00",
  "/%",
  "/.env.json",
  "/nowhere.js",
  "/assets",
  "http://evil.example/index.html",
])("%s is not found", async (path) => {
  const reply = await get(path);
  expect(reply.status).toBe(404);
  expect(codeOf(reply)).toBe("INLET_UI_NOT_FOUND");
});

test("an interface that was never built says so", async () => {
  const bare = await startWebHost({ agent, assets: join(root, "nothing"), port: 0 });
  const reply = await fetch(`http://127.0.0.1:${bare.port}/`);
  expect(reply.status).toBe(503);
  expect(await reply.json()).toMatchObject({ error: { code: "INLET_UI_NOT_BUILT" } });
  await bare.close();
});

test("methods other than GET and HEAD are refused", async () => {
  expect((await get("/", {}, "POST")).status).toBe(405);
  expect((await get("/content/1", bearer(), "DELETE")).status).toBe(405);
});

test("the WebSocket takes exact Host, Origin, path and token, and carries the contract", async () => {
  const socket = dial();
  const next = messages(socket);
  await once(socket, "open");
  expect(socket.protocol).toBe("inlet.v1");
  expect(await next()).toMatchObject({ state: { settings: { accept: "ask" } } });
  agent.emit({ event: "ready", msrp: "127.0.0.1:2855" });
  expect(await next()).toEqual({ event: "ready", msrp: "127.0.0.1:2855" });
  socket.send('{"id":1,"command":"items.list","params":{"limit":3}}');
  expect(await next()).toEqual({ id: 1, result: { command: "items.list", params: { limit: 3 } } });
  socket.send("{");
  expect(await next()).toMatchObject({ id: null, error: { code: "INLET_COMMAND_INVALID" } });
  socket.close();
  await once(socket, "close");
});

test.each<[string, () => Attempt, number]>([
  ["another origin", () => ({ origin: "https://evil.example" }), 403],
  ["the origin of another port", () => ({ origin: "http://127.0.0.1:1" }), 403],
  ["the opaque origin", () => ({ origin: "null" }), 403],
  ["no token", () => ({ protocols: ["inlet.v1"] }), 401],
  ["a wrong token", () => ({ protocols: ["inlet.v1", "token.AAAA"] }), 401],
  ["the token without the protocol", () => ({ protocols: [`token.${host.token}`] }), 401],
  ["another path", () => ({ path: "/agent/.." }), 404],
  ["a query", () => ({ path: "/agent?x" }), 404],
])("R2: the WebSocket refuses %s", async (_, attempt, status) => {
  expect(await refusal(dial(attempt()))).toBe(status);
  expect(agent.listeners).toBe(0);
});

test("R2, uiMessage: a message above the limit ends only its own connection", async () => {
  const [greedy, other] = [dial(), dial()];
  await Promise.all([once(greedy, "open"), once(other, "open")]);
  const next = messages(other);
  greedy.send("x".repeat(LIMITS.uiMessage + 1));
  const [code] = await once(greedy, "close");
  expect(code).toBe(1009);
  other.send('{"id":2,"command":"items.list"}');
  for (;;) if (Object.hasOwn((await next()) as object, "id")) break;
  other.close();
  await once(other, "close");
});

test("R2: binary messages are refused", async () => {
  const socket = dial();
  await once(socket, "open");
  socket.send(Buffer.from("{}"));
  expect((await once(socket, "close"))[0]).toBe(1003);
});

test("R2, uiConnections: more windows than the limit are refused", async () => {
  const sockets = Array.from({ length: LIMITS.uiConnections }, () => dial());
  await Promise.all(sockets.map((socket) => once(socket, "open")));
  expect(await refusal(dial())).toBe(503);
  for (const socket of sockets) socket.terminate();
});

test("uiSockets: connections that say nothing are only so many; they shut out nobody for long", async () => {
  const idle = Array.from({ length: LIMITS.uiSockets }, () => connect(host.port, "127.0.0.1"));
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  const late = connect(host.port, "127.0.0.1").on("error", () => undefined);
  await once(late, "close");
  for (const socket of idle) socket.destroy();
});

test("content needs the token", async () => {
  agent.put("1", "a.png", "image/png", Buffer.from("png"));
  for (const headers of [{}, { Authorization: "Bearer x" }, { Authorization: `Basic ${host.token}` }]) {
    const reply = await get("/content/1", headers as Record<string, string>);
    expect(reply.status).toBe(401);
    expect(codeOf(reply)).toBe("INLET_UI_UNAUTHORIZED");
  }
  expect((await get(`/content/1?token=${host.token}`)).status).toBe(401);
});

test("content comes whole, as an attachment, in a sandbox, under a type without script", async () => {
  agent.put("a/b", "Grüße '1'.svg", "image/svg+xml", Buffer.from("<svg onload=alert(1)/>"));
  const reply = await get("/content/a%2Fb", bearer());
  expect(reply).toMatchObject({ status: 200, body: "<svg onload=alert(1)/>" });
  expect(reply.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "content-disposition": "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%271%27.svg",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
});

test("a range of content", async () => {
  agent.put("1", "a.png", "image/png", Buffer.from("0123456789"));
  const part = await get("/content/1", { ...bearer(), Range: "bytes=2-4" });
  expect(part).toMatchObject({ status: 206, body: "234" });
  expect(part.headers["content-range"]).toBe("bytes 2-4/10");
  expect((await get("/content/1", { ...bearer(), Range: "bytes=10-" })).status).toBe(416);
});

test("an item that is unknown or gone has its own answer", async () => {
  expect(await get("/content/nothing", bearer())).toMatchObject({ status: 404 });
  expect(await get("/content/", bearer())).toMatchObject({ status: 404 });
  expect(await get("/content/%zz", bearer())).toMatchObject({ status: 404 });
  const gone = await get("/content/gone", bearer());
  expect(gone.status).toBe(410);
  expect(codeOf(gone)).toBe("INLET_ITEM_CONTENT_GONE");
});

test("a closed host leaves no window connected and its port free", async () => {
  const socket = dial();
  await once(socket, "open");
  await host.close();
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
  expect(agent.listeners).toBe(0);
  host = await startWebHost({ agent, assets: join(root, "dist"), port: host.port });
});
